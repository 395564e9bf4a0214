fit comm tests/golden/input/logs/one_size.log --latency 200us
