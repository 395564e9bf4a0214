optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --set global_tokens=64
