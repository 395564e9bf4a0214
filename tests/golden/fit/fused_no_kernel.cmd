fit fused configs/logs/fused.csv --base h100-ib400 --out calibration.yaml
