check configs/deepseek-v3-decode-h100-ib400.yaml --ignore memory
