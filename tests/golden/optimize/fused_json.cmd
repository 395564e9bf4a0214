optimize -w configs/deepseek-v4-pro-prefill-gb200-nvl72.yaml --json
