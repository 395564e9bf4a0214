check tests/golden/input/gpu.yaml tests/golden/input/search.yaml --set gpu.sms=0 --set search.ep_width=0
