optimize -w tests/golden/input/unknown_engine.yaml -f h100-ib400
