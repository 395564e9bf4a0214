check tests/golden/input/gpu.yaml --set tokens_per_rank=64 --set gpusperdomain=8
