check tests/golden/input/whole.yaml
