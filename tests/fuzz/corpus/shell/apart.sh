A=(--enforce-eager)
vllm serve m "${A[@]}"=1
