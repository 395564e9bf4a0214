fit attention tests/golden/input/logs/attention_faults.csv --base h100-ib400
