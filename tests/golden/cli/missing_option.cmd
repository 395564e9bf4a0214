optimize -f gb200-nvl72
