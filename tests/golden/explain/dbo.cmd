explain -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --ep 16 --kernel HT --overlap dbo --chunks 4 --split 0.4 --verbose
