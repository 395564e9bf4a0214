fit step tests/golden/input/logs/steps_devices.csv -w configs/deepseek-v3-decode-gb200-nvl72.yaml
