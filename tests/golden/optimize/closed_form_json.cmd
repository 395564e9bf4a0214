optimize -w configs/closed-form.yaml --json
