optimize -w configs/deepseek-v3-decode-gb200-nvl72.yaml --set global_tokens=null --set 'tokens_per_rank={max: 64}' --set search.layouts=all --set search.max_gpus=16 --verbose
