optimize -w tests/golden/input/huggingface.yaml --verbose
