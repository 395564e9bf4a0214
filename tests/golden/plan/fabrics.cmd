plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml -f gb200-nvl72 -f b200-ib400 -f h200-ib400 --set straggler_factor=1.2
