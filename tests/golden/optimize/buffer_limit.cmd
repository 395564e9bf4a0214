optimize -w tests/golden/input/many_slots.yaml
