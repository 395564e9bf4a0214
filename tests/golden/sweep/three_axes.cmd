sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis context=1000,8000 --axis tokens_per_rank=32:256:log2 --axis kernels.LL.dispatch.bandwidth=0.5x,1x,2x
