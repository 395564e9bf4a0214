# sglang #6017: sgl-ll-capacity
# Prefill by the low-latency kernels: a chunk of a rank is 32768 tokens.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode prefill --nnodes 2 --dist-init-addr 10.0.0.1:5757 \
  --tp-size 16 --dp-size 16 --enable-dp-attention \
  --moe-a2a-backend deepep --deepep-mode low_latency \
  --chunked-prefill-size 524288 --max-running-requests 2048
