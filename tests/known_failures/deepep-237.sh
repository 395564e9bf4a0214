# deepep #237: deepep-ht-rank-table
# A number of nodes between two rows of the table.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode prefill --nnodes 7 --dist-init-addr 10.0.0.1:5757 \
  --tp-size 56 --dp-size 56 --enable-dp-attention \
  --moe-a2a-backend deepep --deepep-mode normal
