optimize -w a.yaml --ep 16 --kernel LL --overlap=dbo --sms 24 --chunks 4 --split 0.4 --tokens-per-rank 64
