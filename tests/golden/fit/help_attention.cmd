fit attention --help
