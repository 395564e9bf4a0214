optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --set search.ep_width=16 --set slo.tpot=1us --json
