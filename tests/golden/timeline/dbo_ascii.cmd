timeline -w configs/deepseek-v3-decode-gb200-nvl72.yaml --ep 64 --kernel LL --overlap dbo --ascii
