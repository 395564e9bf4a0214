compare -w configs/deepseek-v3-decode-h100-ib400.yaml ep=64,kernel=LL,overlap=dbo ep=32,kernel=HT,overlap=dbo,sms=20 ep=128,kernel=LL
