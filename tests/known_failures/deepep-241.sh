# deepep #241: vllm-ll-for-prefill
# Room for every token at every expert: 56.9 GiB at 4096 tokens.
vllm serve deepseek-ai/DeepSeek-V3 --tensor-parallel-size 1 --data-parallel-size 16 \
  --enable-expert-parallel --all2all-backend deepep_low_latency --max-num-batched-tokens 4096
