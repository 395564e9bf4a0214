explain -w configs/deepseek-v3-prefill-gb200-nvl72.yaml --ep 16 --kernel MegaMoE --overlap fused
