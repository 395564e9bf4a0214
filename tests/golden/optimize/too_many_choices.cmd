optimize -w tests/golden/input/many_choices.yaml
