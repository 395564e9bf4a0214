optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --set tokens_per_rank=many --set max_chunks=3 --set kernles.LL.latency=1us --set nonsense
