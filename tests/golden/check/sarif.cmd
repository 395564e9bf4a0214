check --rules-only --format sarif tests/golden/input/decode.sh tests/golden/input/recipe.yaml
