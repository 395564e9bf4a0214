check tests/golden/input/outside.yaml --root tests/golden
