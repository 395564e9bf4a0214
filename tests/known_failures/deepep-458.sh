# deepep #458: deepep-ll-hidden
# 2880 is sent as 3072 since that pull request, as 4096 before.
vllm serve openai/gpt-oss-20b --tensor-parallel-size 1 --data-parallel-size 2 \
  --enable-expert-parallel --all2all-backend deepep_low_latency --max-num-batched-tokens 512
