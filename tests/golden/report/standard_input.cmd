report -w - --json
