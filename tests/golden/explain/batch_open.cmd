explain -w configs/deepseek-v3-decode-h100-ib400.yaml --set tokens_per_rank=null --ep 32 --kernel LL --overlap none
