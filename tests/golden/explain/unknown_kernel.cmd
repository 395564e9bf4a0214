explain -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --ep 8 --kernel LT --overlap none
