optimize -w tests/golden/input/minimal.yaml -f h100-ib400 --set search.ep_width=[8,16] --verbose
