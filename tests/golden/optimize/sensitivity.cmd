optimize --workload configs/deepseek-v3-decode-h100-ib400.yaml --sensitivity --draws 64 --set search.ep_width=[16,64,128]
