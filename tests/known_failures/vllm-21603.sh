# vllm #21603: deepep-ll-hidden
# gpt-oss is of another width than the kernels are made for, as Qwen3-Coder was then.
vllm serve openai/gpt-oss-120b --tensor-parallel-size 1 --data-parallel-size 8 \
  --enable-expert-parallel --all2all-backend deepep_low_latency --max-num-batched-tokens 256
