fit comm tests/golden/input/logs/one_size.log --base h100-ib400
