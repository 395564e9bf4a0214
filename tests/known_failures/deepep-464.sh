# deepep #464: deepep-ht-nodes-of-8
# 24 nodes of eight: more than the 20 that are compiled in.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode prefill --nnodes 24 --dist-init-addr 10.0.0.1:5757 \
  --tp-size 192 --dp-size 192 --enable-dp-attention \
  --moe-a2a-backend deepep --deepep-mode normal
