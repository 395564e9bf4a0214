check tests/golden/input/faults.yaml tests/golden/input/fabric_faults.yaml
