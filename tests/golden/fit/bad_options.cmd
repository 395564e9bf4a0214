fit comm configs/logs/deepep_ll_ep8.log --only kernl=LL
