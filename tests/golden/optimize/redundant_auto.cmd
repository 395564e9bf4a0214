optimize -w configs/deepseek-v4-pro-decode-gb200-nvl72.yaml
