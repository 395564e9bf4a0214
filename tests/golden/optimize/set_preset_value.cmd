optimize -w configs/deepseek-v3-decode-gb200-nvl72.yaml --set kernels.LL.dispatch.latency=1us --set search.ep_width=[64]
