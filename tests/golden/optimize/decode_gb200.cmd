optimize -w configs/deepseek-v3-decode-gb200-nvl72.yaml --verbose
