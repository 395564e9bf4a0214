emit -w configs/deepseek-r1-plan-gb200-nvl72.yaml --engine vllm --config ep=64,kernel=LL
