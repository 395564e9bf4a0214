check --rules-only --json tests/golden/input/decode.sh tests/golden/input/recipe.yaml
