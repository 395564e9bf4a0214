pareto -w configs/deepseek-v3-decode-h100-ib400.yaml -f gb200-nvl72 --set search.layouts=all --set slo.tpot=50ms --points 20
