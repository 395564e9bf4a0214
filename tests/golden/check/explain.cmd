check --explain sgl-ll-capacity
