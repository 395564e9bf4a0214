fit gamma tests/golden/input/logs/one_rank_counts.json
