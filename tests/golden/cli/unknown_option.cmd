optimize --worklod x -f y
