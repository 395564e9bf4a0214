init --model deepseek-v33 --fabric h100 --engine vlm
