fit compute configs/logs/expert_mlp.csv --base h100-ib400 --holdout 20%
