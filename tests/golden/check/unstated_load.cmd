check tests/golden/input/unstated.yaml -f tests/golden/input/fabric.yaml
