optimize --workload tests/golden/input/minimal.yaml --fabric tests/golden/input/fabric.yaml
