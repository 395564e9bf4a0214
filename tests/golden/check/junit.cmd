check --rules-only --format junit tests/golden/input/decode.sh tests/golden/input/recipe.yaml
