#!/bin/bash
export VLLM_LOGGING_LEVEL=INFO NCCL_DEBUG=${DEBUG:-WARN}
ARGS=(--max-num-seqs 256 '--kv-transfer-config' '{"kv_role": "kv_both"}')
if [[ "$ROLE" == prefill ]]; then
  ARGS+=(--enforce-eager)
  X=1
elif [ "$ROLE" = "decode" ]; then X=2; else exit 1; fi
[ -n "$Y" ] && X=3 || X=$((X * (2 + 3)))
for i in 0 1; do
  case $i in
    0|1) srun -N 2 bash -c "vllm serve m --port $((8000 + X)) \$A" & ;;
    *) echo `date` > /dev/null 2>&1 ;;
  esac
done
start() { local p=$1; A=1 exec env B=2 vllm serve m "${ARGS[@]}" --port=${p:-80} $MORE; }
start 1
