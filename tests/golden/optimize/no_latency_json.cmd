optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --set kernels.LL.latency=0us --set kernels.HT.latency=0us --set search.ep_width=8 --json
