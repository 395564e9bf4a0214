check tests/golden/input/removed_and_tagged.yaml
