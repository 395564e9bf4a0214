check --json tests/golden/input/not_yaml.yaml tests/golden/input/fabric_faults.yaml nowhere.yaml
