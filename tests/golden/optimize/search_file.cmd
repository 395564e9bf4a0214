optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --search tests/golden/input/search.yaml
