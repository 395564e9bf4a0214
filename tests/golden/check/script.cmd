check --fabric h200-ib400 --traffic configs/deepseek-r1-plan-gb200-nvl72.yaml configs/deepseek-r1-decode-vllm.sh
