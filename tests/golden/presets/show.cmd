presets show gb200-nvl72
