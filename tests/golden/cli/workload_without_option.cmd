optimize configs/deepseek-v3-decode-h100-ib400.yaml gb200-nvl72 search.yaml
