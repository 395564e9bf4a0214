sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis context=1000,2000 --svg map.svg --format csv --columns kernel
