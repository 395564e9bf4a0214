fit compute configs/logs/expert_mlp.csv --out calibration.yaml
