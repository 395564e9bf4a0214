check --traffic tests/golden/input/traffic_rate.yaml tests/golden/input/unloaded.yaml
