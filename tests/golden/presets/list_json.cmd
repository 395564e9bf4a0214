presets list --json
