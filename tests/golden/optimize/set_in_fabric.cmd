optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set fabric.gpu=h200-sxm --verbose
