explain -w tests/golden/input/many_slots.yaml --set tokens_per_rank=128 --set dispatch_capacity=1024 --ep 16 --kernel LL --overlap none --json
