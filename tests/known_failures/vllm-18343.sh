# vllm #18343: experts-divide-ep
# (256 + 8) experts are not divisible by 16 ranks.
vllm serve deepseek-ai/DeepSeek-V3 --tensor-parallel-size 1 --data-parallel-size 16 \
  --enable-expert-parallel --enable-eplb --eplb-config '{"num_redundant_experts": 8}'
