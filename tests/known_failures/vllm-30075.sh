# vllm #30075: experts-divide-ep
# Balancing switched on, the replicas that it needs left out: 160 experts over 24 ranks.
vllm serve zai-org/GLM-4.6 --tensor-parallel-size 1 --data-parallel-size 24 \
  --enable-expert-parallel --enable-eplb --eplb-config '{"num_redundant_experts": 0}'
