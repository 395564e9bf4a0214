optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set search.ep_width=[2,3,4,5,6,7,9,10,11,12]
