explain -w configs/deepseek-v3-decode-h100-ib400.yaml --set "straggler_factor={zipf: 0.62, placement: balanced}" --set redundant_experts=32 --ep 32 --kernel LL --overlap none --verbose
