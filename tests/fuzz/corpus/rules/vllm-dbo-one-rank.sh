# vllm config/vllm.py: vllm-a2a-idle-dp1
# One rank of data: nothing is ever split.
vllm serve deepseek-ai/DeepSeek-V2-Lite --tensor-parallel-size 8 --enable-expert-parallel \
  --all2all-backend deepep_low_latency --enable-dbo --max-num-batched-tokens 512
