fit attention configs/logs/attention.csv --base h100-ib400 --holdout 20%
