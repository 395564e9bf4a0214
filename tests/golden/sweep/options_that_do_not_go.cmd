sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis context=1,2 --resume
