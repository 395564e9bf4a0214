optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set 'attention_time={fixed: 100us, per_token: 2.4852us}' --verbose
