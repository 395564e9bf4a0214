optimize -w tests/golden/input/minimal.yaml -f tests/golden/input/fabric.yaml --set dispatch_capacity=512 --set kernels.LL.fitted.sms=[24,4] --set attention_time={}
