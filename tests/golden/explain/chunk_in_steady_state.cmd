explain -w configs/closed-form.yaml --ep 8 --kernel LL --overlap chunk
