check --rules-only --fabric h200-ib400 --fix tests/golden/input/stale_depth.sh
