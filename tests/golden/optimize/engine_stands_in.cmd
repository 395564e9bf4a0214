optimize -w configs/deepseek-v3-decode-gb200-nvl72.yaml -f tests/golden/input/two_sided_only.yaml --set engine=sglang --set search=null
