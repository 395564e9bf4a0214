optimize -w tests/golden/input/inline_fabric.yaml --set gpu.memory=null --set kernels.LL.max_tokens_per_rank=1024
