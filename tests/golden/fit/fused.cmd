fit fused configs/logs/fused.csv --base gb200-nvl72 --holdout ep=16
