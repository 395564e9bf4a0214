plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml -f b200-ib400 -f b300-ib800 -f gb200-nvl72 -f gb300-nvl72 -f h100-ib400 -f h20-4x-ib400 -f h20-ib400 -f h200-ib400 -f h800-ib400
