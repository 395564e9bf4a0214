explain -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --ep 8 --kernel HT --overlap dbo --timing steady_state --verbose
