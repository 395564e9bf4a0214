fit attention configs/logs/attention.csv
