fit attention tests/golden/input/logs/mla.csv --base h100-ib400 --json
