explain -w configs/deepseek-v3-decode-h100-ib400.yaml --set engine=trtllm --ep 32 --kernel LL --overlap dbo
