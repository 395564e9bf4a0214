fit comm tests/golden/input/logs/best_lines_ep16.log --base h100-ib400
