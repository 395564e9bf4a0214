explain -w a.yaml -w b.yaml --ep 8 --ep 16 --kernel LL --overlap none
