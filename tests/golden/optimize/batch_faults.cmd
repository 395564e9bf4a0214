optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set 'tokens_per_rank={min: 9, max: 4, most: 3}' --set search.objective=layer_time --set slo.ttft=1s
