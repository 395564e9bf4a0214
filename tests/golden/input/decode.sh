#!/bin/sh
# Decode of DeepSeek-R1 on two nodes of eight GPUs.
export SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=256
exec python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode decode --nnodes 2 --node-rank "$RANK" \
  --tp-size 16 --dp-size 16 --enable-dp-attention \
  --moe-a2a-backend deepep --deepep-mode low_latency \
  --max-running-requests 2048 --cuda-graph-max-bs 128 \
  --speculative-algorithm EAGLE --speculative-num-steps 3 --speculative-eagle-topk 1 \
  --speculative-num-draft-tokens 4
