emit -w configs/closed-form.yaml --engine vllm
