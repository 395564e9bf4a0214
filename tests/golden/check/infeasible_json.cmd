check tests/golden/input/impossible.yaml --json
