fit comm --help
