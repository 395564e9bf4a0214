check --rules-only --fabric h200-ib400 --fix configs/deepseek-r1-decode-vllm.sh
