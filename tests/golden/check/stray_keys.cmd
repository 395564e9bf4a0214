check tests/golden/input/stray_keys.yaml
