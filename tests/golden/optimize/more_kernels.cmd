optimize -w configs/deepseek-v3-decode-h100-ib400.yaml -f tests/golden/input/more_kernels.yaml --set search.ep_width=[8] --set gpu.memory=null --verbose
