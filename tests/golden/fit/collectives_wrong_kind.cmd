fit compute configs/logs/collectives.csv
