check --rules-only --format github tests/golden/input/decode.sh tests/golden/input/recipe.yaml
