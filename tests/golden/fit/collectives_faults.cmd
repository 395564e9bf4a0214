fit comm tests/golden/input/logs/collectives_no_unit.csv
