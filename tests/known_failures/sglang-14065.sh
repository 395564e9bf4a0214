# sglang #14065: sgl-ll-capacity
# Graphs of 256 requests where dispatch takes 128 tokens.
SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=128 \
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-V3 \
  --disaggregation-mode decode --tp-size 8 --dp-size 8 --enable-dp-attention \
  --moe-a2a-backend deepep --deepep-mode low_latency --cuda-graph-max-bs 256
