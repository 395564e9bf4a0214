optimize -w a.yaml --set tokens_per_rank=64 context=4096
