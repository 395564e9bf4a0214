compare configs/deepseek-v3-prefill-gb200-nvl72.yaml configs/deepseek-v3-decode-h100-ib400.yaml
