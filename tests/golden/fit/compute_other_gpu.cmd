fit compute tests/golden/input/logs/fast_experts.csv --base h100-ib400 --out calibration.yaml
