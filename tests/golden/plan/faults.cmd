plan -w tests/golden/input/plan_faults.yaml
