optimize -w tests/golden/input/empty.yaml -f gb200-nvl72
