plan -w configs/deepseek-r1-plan-gb200-nvl72.yaml --set traffic.rate=null --set gpus=4
