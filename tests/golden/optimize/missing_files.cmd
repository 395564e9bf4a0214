optimize -w nowhere.yaml -f nothing.yaml
