compare -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml ep=16,kernel=LL,overlap=chunk,chunks=8 best
