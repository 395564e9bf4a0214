report -w configs/deepseek-v3-decode-h100-ib400.yaml --set context=2048 --json
