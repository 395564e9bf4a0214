sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis tokens_per_rank=1:64 --axis context=1:64:lgo2 --axis tokens_per_rnk=1,2
