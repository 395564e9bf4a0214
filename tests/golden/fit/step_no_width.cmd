fit step tests/golden/input/logs/steps_sglang.jsonl -w configs/deepseek-v3-decode-h100-ib400.yaml
