optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --timing steady_state --verbose
