fit comm configs/logs/collectives.csv --base h100-ib400
