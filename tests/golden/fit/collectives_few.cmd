fit comm tests/golden/input/logs/collectives_few.csv
