# sglang #9038: deepep-ll-hidden
# gpt-oss is 2880 wide, and nothing rounds it up here.
python3 -m sglang.launch_server --model-path openai/gpt-oss-120b \
  --tp-size 8 --dp-size 8 --enable-dp-attention --disaggregation-mode decode \
  --moe-a2a-backend deepep --deepep-mode low_latency --cuda-graph-max-bs 64
