# deepep #165: sgl-ll-capacity
# The stress test sends more requests than low-latency dispatch has room for.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 --trust-remote-code \
  --tp 16 --dp 16 --enable-dp-attention --nnodes 2 --node-rank 0 \
  --dist-init-addr 10.0.0.1:5757 \
  --moe-a2a-backend deepep --deepep-mode low_latency \
  --max-running-requests 4096 --mem-fraction-static 0.8
