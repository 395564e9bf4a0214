fit attention tests/golden/input/logs/few_attention.csv --base h100-ib400
