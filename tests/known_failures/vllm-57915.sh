# vllm #57915: vllm-ll-for-prefill
# The guard that is proposed there: DeepSeek's width with 64 replicas at 2560 tokens.
vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 1 --data-parallel-size 32 \
  --enable-expert-parallel --all2all-backend deepep_low_latency \
  --max-num-batched-tokens 2560 --enable-eplb \
  --eplb-config '{"num_redundant_experts": 64}'
