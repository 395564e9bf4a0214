# uccl #925: vllm-ll-for-prefill
# Buffers of the default made plain: 384 experts by 8192 tokens fit no GPU beside the model.
vllm serve moonshotai/Kimi-K2.6 --tensor-parallel-size 8 --data-parallel-size 2 \
  --enable-expert-parallel --all2all-backend deepep_low_latency \
  --gpu-memory-utilization 0.70 --max-num-batched-tokens 8192
