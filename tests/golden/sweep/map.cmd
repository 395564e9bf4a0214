sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis context=512:65536:log12 --axis tokens_per_rank=1:512:log60
