explain -w configs/deepseek-v3-decode-h100-ib400.yaml -f h200-ib400 --ep 8 --attention tp8 --experts tp --kernel AR-SGLang --overlap none
