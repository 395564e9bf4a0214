optimize -w tests/golden/input/tab.yaml
