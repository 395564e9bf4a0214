presets show gb200-nvl71
