# vllm #52435: experts-divide-ep
# 256 experts over three ranks, by the kernel that asserts it.
vllm serve deepseek-ai/DeepSeek-V4-Flash --tensor-parallel-size 1 --data-parallel-size 3 \
  --enable-expert-parallel --moe-backend deep_gemm_mega_moe --kv-cache-dtype fp8
