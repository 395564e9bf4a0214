# vllm config/vllm.py: vllm-dbo-backend
# Dual batch overlap with the backend that is the default.
vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 1 --data-parallel-size 16 \
  --enable-expert-parallel --enable-dbo
