check tests/golden/input/unknown_engine.yaml
