fit compute --help
