optimize --workload configs/deepseek-v3-decode-h100-ib400.yaml --uncertain kernels.LL.bandwidth=30% --uncertain straggler_factor=20%
