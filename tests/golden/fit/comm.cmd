fit comm configs/logs/deepep_ll_ep8.log configs/logs/deepep_ll_ep16.log configs/logs/deepep_ht_ep16.log --base h100-ib400
