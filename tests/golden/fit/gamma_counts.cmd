fit gamma configs/logs/counts.csv --placement balanced --redundant 32
