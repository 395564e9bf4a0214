check tests/golden/input/outside.yaml
