fit attention tests/golden/input/logs/fast_attention.csv --base h100-ib400
