fit comm configs/logs/deepep_ll_ep8.log --ep other.log=8
