optimize -w configs/deepseek-v3-decode-h100-ib400.yaml -f gb200-nvl72 --set tokens_per_rank=null --set slo.tpot=40ms
