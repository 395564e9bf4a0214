fit step tests/golden/input/logs/steps_near.csv -w configs/deepseek-v3-decode-h100-ib400.yaml --set serving_efficiency=80% --set expert_load=null --set step_overhead=1ms
