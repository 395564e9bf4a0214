fit step configs/logs/steps.csv -w configs/deepseek-v3-prefill-h100-ib400.yaml
