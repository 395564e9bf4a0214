plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml --set search.ep_width=[8,16] --sensitivity --draws 4 --seed 3 --set traffic.rate=null --set gpus=72 --json
