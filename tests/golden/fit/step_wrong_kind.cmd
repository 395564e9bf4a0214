fit step configs/logs/attention.csv -w configs/deepseek-v3-decode-h100-ib400.yaml
