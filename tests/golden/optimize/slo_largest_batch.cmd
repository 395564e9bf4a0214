optimize -w configs/deepseek-v3-decode-gb200-nvl72.yaml --set global_tokens=null --set tokens_per_rank=512 --set expert_load=T*k --set slo.tpot=30ms
