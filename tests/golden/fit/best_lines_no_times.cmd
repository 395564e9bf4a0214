fit comm tests/golden/input/logs/best_lines_no_times_ep16.log
