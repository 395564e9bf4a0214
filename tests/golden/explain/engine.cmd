explain -w configs/deepseek-v3-decode-h100-ib400.yaml --set engine=sglang --ep 64 --kernel LL --overlap dbo
