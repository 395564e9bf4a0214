fit comm tests/golden/input/logs/one_size.log --latency 90us --latency LL=30us+-10us --json
