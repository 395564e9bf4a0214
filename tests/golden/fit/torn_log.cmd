fit comm tests/golden/input/logs/torn_ep16.log --points
