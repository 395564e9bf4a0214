check --rules-only tests/golden/input/decode.sh tests/golden/input/recipe.yaml
