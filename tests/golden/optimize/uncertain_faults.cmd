optimize --workload configs/closed-form.yaml --uncertain kernels.HX.bandwidth=20% --uncertain context --uncertain kernels.HT=5% --uncertain kernels.HT.latency=0%
