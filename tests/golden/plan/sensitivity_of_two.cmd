plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml -f gb200-nvl72 -f b200-ib400 --uncertain straggler_factor=5%
