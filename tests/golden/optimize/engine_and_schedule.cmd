optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set engine=sglang --set search.schedule=vllm_ll --set search.overlap=dbo
