pareto -w configs/deepseek-v3-decode-h100-ib400.yaml --set slo.tpot=1ms
