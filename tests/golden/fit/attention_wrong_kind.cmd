fit attention configs/logs/expert_mlp.csv --base h100-ib400
