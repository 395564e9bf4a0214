set -euo pipefail
gpus=8
requests=128
export VLLM_DEEPEP_BUFFER_SIZE_MB=0
vllm serve deepseek-ai/DeepSeek-R1 \
  --data-parallel-size $((2 * gpus)) \
  --data-parallel-size-local "${gpus}" \
  --data-parallel-start-rank $((NODE * gpus)) \
  --data-parallel-address "${LEADER}" \
  --enable-expert-parallel \
  --all2all-backend deepep_high_throughput \
  --max-num-seqs "${requests}" \
  --kv-transfer-config '{"kv_connector": "NixlConnector", "kv_role": "kv_consumer"}'
