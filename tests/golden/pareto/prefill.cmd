pareto -w configs/deepseek-v3-prefill-h100-ib400.yaml
