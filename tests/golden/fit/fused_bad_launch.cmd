fit fused configs/logs/fused.csv --launch-per-rank 0.45
