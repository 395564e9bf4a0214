fit comm configs/logs/expert_mlp.csv
