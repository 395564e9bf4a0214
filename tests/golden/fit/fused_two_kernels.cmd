fit fused configs/logs/fused.csv --base tests/golden/input/two_fused.yaml
