# deepep #300: deepep-config-chunks
# 256 tokens of NVLink's buffer over 16 nodes are 16, no more than what is sent at once.
python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 \
  --disaggregation-mode prefill --nnodes 16 --dist-init-addr 10.0.0.1:5757 \
  --tp-size 128 --dp-size 128 --enable-dp-attention --moe-a2a-backend deepep \
  --deepep-mode normal --deepep-config '{"normal_dispatch": {"num_sms": 24, "num_max_nvl_chunked_send_tokens": 16, "num_max_nvl_chunked_recv_tokens": 256, "num_max_rdma_chunked_send_tokens": 16, "num_max_rdma_chunked_recv_tokens": 128}, "normal_combine": {"num_sms": 24, "num_max_nvl_chunked_send_tokens": 16, "num_max_nvl_chunked_recv_tokens": 256, "num_max_rdma_chunked_send_tokens": 16, "num_max_rdma_chunked_recv_tokens": 128}}'
