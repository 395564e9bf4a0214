fit comm tests/golden/input/logs/own.csv
