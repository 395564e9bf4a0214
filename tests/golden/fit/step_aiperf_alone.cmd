fit step tests/golden/input/logs/steps_aiperf.json -w configs/deepseek-v3-decode-h100-ib400.yaml --set search.ep_width=32 --set search.kernel=LL
