fit compute configs/logs/expert_mlp.csv --json
