explain -w a.yaml
