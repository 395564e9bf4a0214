presets show vllm --as-file
