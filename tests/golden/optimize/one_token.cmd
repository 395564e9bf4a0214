optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --set tokens_per_rank=1 --verbose
