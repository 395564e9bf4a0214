presets show --help
