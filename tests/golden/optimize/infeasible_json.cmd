optimize -w tests/golden/input/impossible.yaml --json
