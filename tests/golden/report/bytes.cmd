report -w tests/golden/input/bytes.yaml --json
