explain -w configs/deepseek-v3-prefill-h100-ib400.yaml -f b200-ib400 --ep 16 --kernel HT --overlap none --sms 96 --verbose
