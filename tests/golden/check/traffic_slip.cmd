check --traffic tests/golden/input/traffic_slip.yaml tests/golden/input/unloaded.yaml
