sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis slo.tpot=0.5x:2x:4
