# sglang #34120: sgl-spec-dp-attention
# The fourth: with it, DSpark and DP attention take no all-to-all at all.
python3 -m sglang.launch_server --model-path moonshotai/Kimi-K3 \
  --tp-size 16 --dp-size 16 --enable-dp-attention --enable-dp-lm-head --ep-size 16 \
  --moe-a2a-backend flashinfer --moe-runner-backend flashinfer_trtllm_routed \
  --speculative-algorithm DSPARK
