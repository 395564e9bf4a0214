optimize -w --json
