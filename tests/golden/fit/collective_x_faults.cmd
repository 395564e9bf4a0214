fit comm tests/golden/input/logs/collective_x_faults.json
