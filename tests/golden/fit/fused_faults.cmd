fit fused tests/golden/input/logs/fused_no_width.csv
