fit step configs/logs/steps.csv -w configs/deepseek-v3-decode-h100-ib400.yaml --holdout 20%
