fit fused configs/logs/fused.csv --out calibration.yaml
