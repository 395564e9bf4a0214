fit comm tests/golden/input/logs/collective_x.json --points
