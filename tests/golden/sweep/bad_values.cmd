sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis tokens_per_rank=0:100:11 --format csv
