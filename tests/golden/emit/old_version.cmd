emit -w configs/deepseek-v3-decode-h100-ib400.yaml --engine vllm --version-of-engine 0.11.0
