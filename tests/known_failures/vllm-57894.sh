# vllm #57894: deepep-ll-bytes (missed)
# Replicas count: 448 experts by 2048 tokens pass 32 GiB where 384 would not.
vllm serve deepseek-ai/DeepSeek-V4.1-Flash --tensor-parallel-size 1 --data-parallel-size 16 \
  --enable-expert-parallel --all2all-backend deepep_low_latency \
  --max-num-batched-tokens 2048 --max-num-seqs 512 --enable-eplb \
  --eplb-config '{"window_size": 1000, "step_interval": 1000, "num_redundant_experts": 64}'
