optimize -w tests/golden/input/minimal.yaml -f gb200-nvl27
