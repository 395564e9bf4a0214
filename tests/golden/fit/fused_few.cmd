fit fused tests/golden/input/logs/fused_few.csv
