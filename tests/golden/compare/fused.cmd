compare -w configs/deepseek-v4-pro-prefill-gb200-nvl72.yaml ep=16,kernel=MegaMoE best ep=16,kernel=NVL2
