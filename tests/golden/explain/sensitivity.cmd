explain --workload configs/deepseek-v3-decode-h100-ib400.yaml --ep 128 --kernel LL --overlap none --sensitivity --draws 64 --set search.ep_width=[64,128]
