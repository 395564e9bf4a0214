explain -w configs/deepseek-v3-decode-h100-ib400.yaml --ep 64 --kernel LL --overlap none --set fabric.serving_efficiency=60% --set fabric.step_overhead=2ms --set step_overhead=1ms --verbose
