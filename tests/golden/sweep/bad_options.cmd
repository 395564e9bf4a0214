sweep -w configs/deepseek-v3-decode-h100-ib400.yaml --axis context=1,2 --format cvs --columns kernl --shard 0/4 --threads 0
