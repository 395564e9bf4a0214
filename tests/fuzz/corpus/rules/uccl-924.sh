# uccl #924: vllm-ll-capacity-default
# No word of tokens: the buffers are made for 8192 of each rank.
vllm serve moonshotai/Kimi-K2.6 --tensor-parallel-size 8 --data-parallel-size 2 \
  --enable-expert-parallel --all2all-backend deepep_low_latency \
  --gpu-memory-utilization 0.70 --max-model-len 32768 --trust-remote-code
