emit -w configs/deepseek-r1-plan-gb200-nvl72.yaml --engine vllm --format kubernetes --model deepseek-ai/DeepSeek-R1
