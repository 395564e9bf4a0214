explain -w configs/deepseek-v3-decode-gb200-nvl72.yaml --ep 48 --kernel LL --overlap none
