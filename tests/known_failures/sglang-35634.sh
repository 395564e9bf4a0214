# sglang #35634: sgl-ll-capacity
# Graphs of 128 requests with six verified tokens each: 768 tokens, above 512.
export SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=512
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode decode --tp 8 --dp 8 --enable-dp-attention \
  --moe-a2a-backend deepep --deepep-mode low_latency --cuda-graph-max-bs 128 \
  --speculative-algorithm EAGLE --speculative-num-steps 5 --speculative-eagle-topk 1 \
  --speculative-num-draft-tokens 6 --max-running-requests 1024
