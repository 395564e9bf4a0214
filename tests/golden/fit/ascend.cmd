fit comm tests/golden/input/logs/ascend.log
