fit step tests/golden/input/logs/steps_sglang.jsonl tests/golden/input/logs/steps_aiperf.json -w configs/deepseek-v3-decode-h100-ib400.yaml --ep 32 --kernel LL --overlap none
