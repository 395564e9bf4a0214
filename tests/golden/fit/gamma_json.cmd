fit gamma tests/golden/input/logs/sglang.log --json
