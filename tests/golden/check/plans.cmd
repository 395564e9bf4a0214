check configs/deepseek-r1-plan-gb200-nvl72.yaml tests/golden/input/plan_lengths.yaml --set slo.ttft=100ms
