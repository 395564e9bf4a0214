fit fused configs/logs/fused.csv --holdout ep=5
