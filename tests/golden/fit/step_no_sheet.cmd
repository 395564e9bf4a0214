fit step configs/logs/steps.csv -w configs/closed-form.yaml
