plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml --set roles=aggregated --set slo.tpot=80ms --set gpu_hour=2.5USD
