fit fused tests/golden/input/logs/fused_one_width.csv --base b200-ib400
