optimize -w configs -f gb200-nvl72
