timeline -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --ep 16 --kernel HT --overlap chunk --chunks 3 --layers 1 --ascii
