fit attention tests/golden/input/logs/mla.csv --base h100-ib400 --model mixtral-8x7b
