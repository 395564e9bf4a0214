optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set redundant_experts=65264 --set 'straggler_factor={dirichlet: 0.1, placement: balanced}'
