emit -w configs/deepseek-v3-decode-gb200-nvl72.yaml --engine sglang --version-of-engine 0.5.10 --json
