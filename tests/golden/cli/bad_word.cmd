explain -w a.yaml --ep 0 --kernel LL --overlap dbx --sms 1e2
