# sglang #6934: sgl-ll-capacity
# Four verified tokens a request: 128 requests of a rank are 512 tokens, not 256.
export SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=256
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode decode --tp 16 --dp 16 --enable-dp-attention --nnodes 2 \
  --moe-a2a-backend deepep --deepep-mode low_latency --cuda-graph-max-bs 128 \
  --speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 1 \
  --speculative-num-draft-tokens 4 --max-running-requests 2048
