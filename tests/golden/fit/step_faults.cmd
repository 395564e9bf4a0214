fit step tests/golden/input/logs/steps_faults.csv -w configs/deepseek-v3-decode-h100-ib400.yaml
