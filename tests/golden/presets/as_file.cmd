presets show mixtral-8x7b --as-file
