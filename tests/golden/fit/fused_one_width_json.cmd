fit fused tests/golden/input/logs/fused_one_width.csv --launch-per-rank 0.45us --json
