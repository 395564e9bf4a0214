compare -w configs/deepseek-v3-decode-h100-ib400.yaml ep=64,kernal=LL,sms=x,LL,ep=8 bset kernel=LL ep=64,kernel=LT ep=64,kernel=LL,overlap=sbu ep=64,kernel=LL,split=0.3 nofile.yaml best@h2000 best@
