explain -w configs/deepseek-v3-decode-h100-ib400.yaml --ep 128 --kernel LL --overlap dbo
