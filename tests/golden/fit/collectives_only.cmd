fit comm configs/logs/collectives.csv --only kernel=AR-vLLM,ep=2 --points
