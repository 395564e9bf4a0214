compare -w configs/deepseek-v3-decode-h100-ib400.yaml best@gb200-nvl72 ep=64,kernel=LL ep=64,kernel=LL@h200-ib400 best@b200-ib400 best@h20-ib400
