presets list
