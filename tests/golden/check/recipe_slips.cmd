check --rules-only tests/golden/input/recipe_slips.yaml
