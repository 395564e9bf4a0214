# sglang #14800: sgl-chunk-whole-instance
# A chunk is the whole instance's: 512 tokens of each of 16 ranks.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode prefill --nnodes 2 --dist-init-addr 10.0.0.1:5757 \
  --tp-size 16 --dp-size 16 --enable-dp-attention --moe-a2a-backend deepep \
  --deepep-mode normal --chunked-prefill-size 8192
