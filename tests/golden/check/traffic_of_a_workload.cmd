check --traffic configs/deepseek-v3-decode-h100-ib400.yaml configs/deepseek-r1-decode-vllm.sh
