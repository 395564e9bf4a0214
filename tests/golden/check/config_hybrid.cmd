check tests/golden/input/hybrid-2b.json
