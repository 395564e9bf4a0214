optimize -w tests/golden/input/not_yaml.yaml -f gb200-nvl72
