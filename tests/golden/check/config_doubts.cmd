check tests/golden/input/patterned_config.json
