sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis kernels.HT.bandwidth=0.5x:2x:3 --axis slo.tpot=50ms:100ms:2 --format csv --columns ep_width,kernel,overlap,engine_threshold_tokens
