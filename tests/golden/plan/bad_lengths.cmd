plan -w tests/golden/input/plan_lengths.yaml --set traffic.lengths=tests/golden/input/bad_lengths.csv
