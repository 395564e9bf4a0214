# sglang two_batch_overlap.py: sgl-tbo-illegal
# Two-batch overlap without an all-to-all to hide.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-V3 \
  --tp-size 8 --dp-size 8 --enable-dp-attention --enable-two-batch-overlap
