optimize -w tests/golden/input/faults.yaml -f tests/golden/input/fabric_faults.yaml
