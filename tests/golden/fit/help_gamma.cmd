fit gamma --help
