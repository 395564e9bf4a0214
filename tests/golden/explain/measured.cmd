explain -w tests/golden/input/measured.yaml -f tests/golden/input/fabric.yaml --ep 16 --kernel LL --overlap dbo
