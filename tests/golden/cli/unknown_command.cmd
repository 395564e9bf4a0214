optimise -w x
