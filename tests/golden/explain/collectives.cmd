explain -w configs/deepseek-v3-decode-h100-ib400.yaml -f h100-ib400 --ep 64 --kernel AR-vLLM --overlap none
