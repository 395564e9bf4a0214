check configs/deepseek-v3-decode-gb200-nvl72.yaml --set search.ep_width=[48,64]
