optimize -w - -f tests/golden/input/fabric.yaml
