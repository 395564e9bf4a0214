presets show gb300-nvl72
