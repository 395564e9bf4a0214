#!/bin/sh
# Queues for fewer tokens than a step has, and a step for fewer than a full batch has.
export NVSHMEM_QP_DEPTH=256
export VLLM_DEEPEP_BUFFER_SIZE_MB=0
vllm serve deepseek-ai/DeepSeek-R1 --data-parallel-size 16 --enable-expert-parallel \
  --all2all-backend deepep_low_latency --max-num-batched-tokens 1024 --max-num-seqs 1024 \
  --speculative-config '{"method": "mtp", "num_speculative_tokens": 1}' \
  --kv-transfer-config '{"kv_connector": "NixlConnector", "kv_role": "kv_consumer"}'
