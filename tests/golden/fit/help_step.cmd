fit step --help
