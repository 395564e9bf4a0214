emit -w configs/deepseek-r1-plan-gb200-nvl72.yaml --engine sglang --format srt-slurm
