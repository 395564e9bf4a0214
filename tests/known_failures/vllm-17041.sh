# vllm #17041: vllm-ep-width-is-product
# There is no such flag: the width is TP times DP.
vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 8 --enable-expert-parallel \
  --expert-parallel-size 4
