optimize -w configs/deepseek-v3-decode-h100-ib400.yaml --set search.attention=[dp,tp0] --set search.experts=[eq]
