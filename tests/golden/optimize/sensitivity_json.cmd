optimize --workload configs/closed-form.yaml --sensitivity --draws 40 --seed 5 --uncertain kernels.HT.bandwidth=20% --json
