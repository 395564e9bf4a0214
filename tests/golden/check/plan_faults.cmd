check tests/golden/input/plan_faults.yaml
