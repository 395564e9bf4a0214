fit attention configs/logs/attention.csv --base gb200-nvl72
