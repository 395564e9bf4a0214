# sglang #34120: sgl-dp-without-dp-attention
# The first of ten combinations: FlashInfer's all-to-all with the flags left alone.
python3 -m sglang.launch_server --model-path zai-org/GLM-5.2 \
  --tp-size 8 --nnodes 2 --dist-init-addr 10.0.0.1:5757 --ep-size 8 \
  --moe-a2a-backend flashinfer
