optimize -w - -f tests/golden/input/fabric.yaml --set search.ep_width=16
