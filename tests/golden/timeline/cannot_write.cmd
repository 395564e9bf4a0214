timeline -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --ep 16 --kernel HT --overlap none --out nowhere/trace.json
