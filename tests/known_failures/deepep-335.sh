# deepep #335: deepep-ht-nodes-of-8
# Twelve ranks: neither one node nor whole nodes of eight.
vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 1 --data-parallel-size 12 \
  --data-parallel-size-local 4 --enable-expert-parallel --enable-eplb \
  --eplb-config '{"num_redundant_experts": 8}' --all2all-backend deepep_high_throughput
