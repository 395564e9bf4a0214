fit comm tests/golden/input/logs/no_ep.log
