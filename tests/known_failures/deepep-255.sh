# deepep #255: deepep-ht-rank-table
# Two nodes work, and so do three by now; five have no row in the table.
vllm serve deepseek-ai/DeepSeek-R1 --tensor-parallel-size 1 --data-parallel-size 40 \
  --data-parallel-size-local 8 --enable-expert-parallel \
  --all2all-backend deepep_high_throughput --max-num-batched-tokens 16384
