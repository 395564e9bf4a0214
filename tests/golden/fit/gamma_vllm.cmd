fit gamma tests/golden/input/logs/vllm.log
