plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml --set search.ep_width=[4,8,16,32] --sensitivity --draws 16 --uncertain kernels.NVL.bandwidth=20%
