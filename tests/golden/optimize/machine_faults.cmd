optimize -w tests/golden/input/machine_faults.yaml -f tests/golden/input/machine_fabric_faults.yaml
