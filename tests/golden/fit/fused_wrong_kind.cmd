fit fused configs/logs/expert_mlp.csv
