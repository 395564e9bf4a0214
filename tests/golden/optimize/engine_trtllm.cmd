optimize -w configs/deepseek-v3-prefill-gb200-nvl72.yaml --set engine=trtllm
