optimize -w tests/golden/input/counts.yaml --verbose
