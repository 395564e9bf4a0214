sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis slo.tpot=20ms,80ms --json --set search.ep_width=[64]
