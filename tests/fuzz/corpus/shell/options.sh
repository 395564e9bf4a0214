cat > /tmp/o.yaml <<EOF
moe_config:
  backend: WIDEEP
max_batch_size: $B
EOF
mpirun -n 8 -x C=1 trtllm-llmapi-launch trtllm-serve m --extra_llm_api_options /tmp/o.yaml
docker run -it --gpus all -e D=1 vllm/vllm-openai:v0.11.0 --model m -tp 8
python3 -m sglang.launch_server --model-path m --cuda-graph-bs 1 2 4 --disaggregation-mode decode
