optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set context=null --set attention_time.fixed=400us --set search.ep_width=64
