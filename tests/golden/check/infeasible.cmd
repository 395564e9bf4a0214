check tests/golden/input/impossible.yaml
