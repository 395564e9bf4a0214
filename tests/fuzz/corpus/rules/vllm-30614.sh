# vllm #30614: experts-divide-ep
# 256 and 30 experts over 32 ranks; 32 replicas would do.
vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 1 --data-parallel-size 32 \
  --enable-expert-parallel --enable-eplb --eplb-config '{"num_redundant_experts": 30}'
