explain -w x --ep many --kernel LL --overlap none
