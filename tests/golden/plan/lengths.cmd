plan -w tests/golden/input/plan_lengths.yaml
