check --rules-only --fix tests/golden/input/decode.sh tests/golden/input/recipe.yaml
