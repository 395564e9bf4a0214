optimize -w tests/golden/input/minimal.yaml
