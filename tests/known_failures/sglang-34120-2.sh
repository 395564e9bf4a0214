# sglang #34120: sgl-flashinfer-a2a-runner
# The second: with DP attention, but by a runner that it does not go with.
python3 -m sglang.launch_server --model-path zai-org/GLM-5.2 \
  --tp-size 8 --dp-size 8 --enable-dp-attention --ep-size 8 \
  --moe-a2a-backend flashinfer --moe-runner-backend flashinfer_mxfp4
