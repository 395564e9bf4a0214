fit comm tests/golden/input/logs/ep1.csv
