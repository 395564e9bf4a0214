explain -w configs/deepseek-v3-decode-h100-ib400.yaml --ep 32 --kernel HT --overlap dbo --sms 20 --verbose
