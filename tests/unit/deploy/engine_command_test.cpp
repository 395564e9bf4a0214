#include "deploy/engine_command.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "deploy/deploy_fixture.h"
#include "deploy/read_shell.h"

namespace wideep::engine_command_test {
namespace {

struct Read {
  Source source;
  ShellState state;
  std::vector<StartedEngine> engines;

  explicit Read(std::string text, const EngineContext& context = {})
      : source{.name = "serve.sh", .text = std::move(text)} {
    engines = engines_in_script(EmbeddedText(source), state, context);
  }

  [[nodiscard]] const DeployedRole& role() const { return engines.at(0).role; }
};

TEST_SUITE("deploy/engine_command") {
  TEST_CASE("a script of vLLM, with places") {
    const Read read(
        "#!/bin/bash\n"
        "export VLLM_ALL2ALL_BACKEND=deepep_low_latency\n"
        "SIZE=256\n"
        "exec vllm serve org/model \\\n"
        "  --data-parallel-size 16 \\\n"
        "  --enable-expert-parallel \\\n"
        "  --max-num-seqs=$SIZE \\\n"
        "  --port \"8000\"\n");
    REQUIRE(read.engines.size() == 1);
    const DeployedRole& role = read.role();
    CHECK(role.engine == ServingEngine::kVllm);
    CHECK(line_and_column(role.at) == "4:6");
    CHECK(read.engines[0].model->value == "org/model");
    CHECK(line_and_column(read.engines[0].model->at) == "4:17");
    CHECK(flag_of(role, "data-parallel-size") == "16");
    CHECK(flag_of(role, "enable-expert-parallel") == "true");
    CHECK(flag_of(role, "max-num-seqs") == "256");
    CHECK(variable_of(role, "VLLM_ALL2ALL_BACKEND") == "deepep_low_latency");
    CHECK(variable_of(role, "SIZE") == "-");

    const Setting& size = *role.flags.find("data-parallel-size");
    CHECK(size.written == "--data-parallel-size");
    CHECK(line_and_column(size.at) == "5:3");
    CHECK(line_and_column(size.value_at) == "5:24");
    CHECK(text_at(size.at, size.whole) == "--data-parallel-size 16");
    CHECK(text_at(size.value_at, size.value_in) == "16");

    const Setting& seqs = *role.flags.find("max-num-seqs");
    CHECK(text_at(seqs.at, seqs.whole) == "--max-num-seqs=$SIZE");
    CHECK(seqs.value_in.empty());
    const Setting& port = *role.flags.find("port");
    CHECK(text_at(port.at, port.whole) == "--port \"8000\"");
    CHECK(text_at(port.at, port.value_in) == "8000");

    const Setting& backend = *role.environment.find("VLLM_ALL2ALL_BACKEND");
    CHECK(line_and_column(backend.at) == "2:8");
    CHECK(line_and_column(backend.value_at) == "2:29");
    CHECK(text_at(backend.at, backend.value_in) == "deepep_low_latency");
    CHECK(text_at(backend.at, backend.whole) == "export VLLM_ALL2ALL_BACKEND=deepep_low_latency");

    CHECK(read.source.text.substr(*role.flags.add_after) == "\n");
    CHECK(read.source.text.substr(*role.environment.add_after, 10) == "exec vllm ");
    CHECK_FALSE(role.kind_stated);
    CHECK(read.state.not_read.empty());
  }

  TEST_CASE("lists, switches, negatives and short forms") {
    const Read read(
        "python3 -u -m sglang.launch_server --model-path m --cuda-graph-bs 1 2 4 8 -tp 8 -dp=4 "
        "--enable-dp-attention --seed -1 --no-async --stray-flag x");
    const DeployedRole& role = read.role();
    CHECK(role.engine == ServingEngine::kSglang);
    CHECK(read.engines[0].model->value == "m");
    CHECK(flag_of(role, "cuda-graph-bs") == "1 2 4 8");
    CHECK(text_at(role.at, role.flags.find("cuda-graph-bs")->value_in) == "1 2 4 8");
    CHECK(flag_of(role, "tp-size") == "8");
    CHECK(flag_of(role, "dp-size") == "4");
    CHECK(flag_of(role, "enable-dp-attention") == "true");
    CHECK(flag_of(role, "seed") == "-1");
    CHECK(flag_of(role, "async") == "false");
    CHECK(role.flags.find("async")->written == "--no-async");
    CHECK(flag_of(role, "stray-flag") == "x");
  }

  TEST_CASE("the model may follow a flag") {
    CHECK(Read("vllm serve --max-num-seqs 8 org/m").engines[0].model->value == "org/m");
    CHECK(Read("vllm serve --kv-cache-dtype fp8 org/m").engines[0].model->value == "org/m");
    CHECK(Read("vllm serve --enable-dbo m").engines[0].model->value == "m");
    CHECK(Read("trtllm-serve m --tp_size 8").engines[0].model->value == "m");
    CHECK(Read("trtllm-serve serve m --tp_size 8").engines[0].model->value == "m");
    CHECK(Read("python3 -m dynamo.trtllm --model-path m").engines[0].model->value == "m");
  }

  TEST_CASE("what stands in front of an engine") {
    for (const char* front : {"exec ",
                              "nohup ",
                              "timeout 10 ",
                              "timeout -k 5 10m ",
                              "srun -N 2 --mpi=pmix ",
                              "mpirun -n 16 --allow-run-as-root ",
                              "numactl --cpunodebind=0 --membind=0 ",
                              "env -u Y nice -n 5 ",
                              "/usr/bin/env ",
                              "sudo -E ",
                              "X=1 ",
                              "cd /x && ",
                              "true || ",
                              "( ",
                              "if true; then ",
                              "while true; do ",
                              "f() { ",
                              "case x in a) "}) {
      CAPTURE(front);
      const Read read(front + std::string("vllm serve m --tensor-parallel-size 8"));
      REQUIRE(read.engines.size() == 1);
      CHECK(flag_of(read.role(), "tensor-parallel-size") == "8");
    }
    CHECK(Read("echo vllm serve m").engines.empty());
    CHECK(Read("pip install vllm").engines.empty());
    CHECK(Read("trtllm-serve disaggregated -c x.yaml").engines.empty());
    CHECK(Read("python3 -m dynamo.frontend").engines.empty());
    CHECK(Read("srun trtllm-llmapi-launch trtllm-serve m").engines.size() == 1);
  }

  TEST_CASE("variables that hold for a command") {
    const Read read("A=1 env B=2 vllm serve m; export C=3; vllm serve m");
    REQUIRE(read.engines.size() == 2);
    CHECK(variable_of(read.role(), "A") == "1");
    CHECK(variable_of(read.role(), "B") == "2");
    CHECK(variable_of(read.role(), "C") == "-");
    CHECK(variable_of(read.engines[1].role, "A") == "-");
    CHECK(variable_of(read.engines[1].role, "C") == "3");
    const Setting& b = *read.role().environment.find("B");
    CHECK(line_and_column(b.at) == "1:9");
    CHECK(text_at(b.at, b.whole) == "B=2");
    CHECK(text_at(b.at, b.value_in) == "2");
  }

  TEST_CASE("containers") {
    const Read read(
        "docker run -it --rm --gpus all -v /a:/b -e NCCL_DEBUG=INFO --network=host "
        "vllm/vllm-openai:v0.11.0 --model org/m --max-num-seqs 8");
    REQUIRE(read.engines.size() == 1);
    CHECK(read.role().container->value == "vllm/vllm-openai:v0.11.0");
    CHECK(variable_of(read.role(), "NCCL_DEBUG") == "INFO");
    CHECK(flag_of(read.role(), "max-num-seqs") == "8");
    CHECK(read.engines[0].model->value == "org/m");
    CHECK_FALSE(read.role().environment.add_after);

    const Read sglang(
        "docker run lmsysorg/sglang:v0.5.5 python3 -m sglang.launch_server --model-path m");
    CHECK(sglang.role().container->value == "lmsysorg/sglang:v0.5.5");
    CHECK(sglang.role().engine == ServingEngine::kSglang);
    const Read entry("docker run --entrypoint bash img -c 'vllm serve m --port 1'");
    CHECK(entry.role().container->value == "img");
    CHECK(flag_of(entry.role(), "port") == "1");
    CHECK(line_and_column(entry.role().flags.find("port")->at) == "1:51");
    CHECK(Read("docker run ubuntu ls").engines.empty());
  }

  TEST_CASE("scripts in scripts keep their places") {
    const Read read(
        "export N=8\n"
        "M=4\n"
        "srun bash -c 'export K=1\n"
        "  vllm serve m --max-num-seqs $N --tensor-parallel-size $M --port 80'\n"
        "bash -lc \"vllm serve m --max-num-seqs $M --port 81\"\n");
    REQUIRE(read.engines.size() == 2);
    const DeployedRole& first = read.role();
    CHECK(flag_of(first, "max-num-seqs") == "8");
    CHECK(flag_of(first, "tensor-parallel-size") == "?");
    CHECK(variable_of(first, "K") == "1");
    CHECK(line_and_column(first.flags.find("port")->at) == "4:60");
    CHECK(text_at(first.at, first.flags.find("port")->whole) == "--port 80");
    const DeployedRole& second = read.engines[1].role;
    CHECK(flag_of(second, "max-num-seqs") == "4");
    CHECK(line_and_column(second.flags.find("port")->at) == "5:42");
    CHECK(text_at(second.at, second.flags.find("port")->value_in) == "81");
  }

  TEST_CASE("what is not known is not guessed") {
    const Read read(
        "vllm serve m --port $1 --host=$(hostname -i) -tp \"$TP\" $MORE --seed 1 $REST");
    const DeployedRole& role = read.role();
    CHECK(flag_of(role, "port") == "?");
    CHECK(flag_of(role, "host") == "?");
    CHECK(flag_of(role, "tensor-parallel-size") == "?");
    CHECK(flag_of(role, "seed") == "1");
    REQUIRE(read.state.not_read.size() == 2);
    CHECK(read.state.not_read[0] ==
          "line 1: what '$MORE' holds is not known, and flags in it are not seen");
  }

  TEST_CASE("arrays and texts of flags") {
    const Read read(
        "ARGS=(--max-num-seqs 64)\n"
        "MORE=\"--port 80 --seed 3\"\n"
        "if [ -n \"$X\" ]; then ARGS+=(--enable-eplb); fi\n"
        "vllm serve m \"${ARGS[@]}\" $MORE\n");
    const DeployedRole& role = read.role();
    CHECK(flag_of(role, "max-num-seqs") == "64");
    CHECK(line_and_column(role.flags.find("max-num-seqs")->at) == "1:7");
    CHECK(text_at(role.at, role.flags.find("max-num-seqs")->whole) == "--max-num-seqs 64");
    CHECK(flag_of(role, "enable-eplb") == "-");
    CHECK(flag_of(role, "port") == "80");
    CHECK(line_and_column(role.flags.find("seed")->at) == "2:17");
    CHECK(text_at(role.at, role.flags.find("seed")->value_in) == "3");
    CHECK(read.state.not_read.size() == 1);
  }

  TEST_CASE("the kind of a role") {
    const auto kind = [](const std::string& text) {
      const Read read(text);
      return std::string(read.role().kind_stated ? name_of(read.role().kind) : "-");
    };
    CHECK(kind("python -m sglang.launch_server --disaggregation-mode prefill") == "prefill");
    CHECK(kind("python -m dynamo.sglang --disaggregation-mode decode") == "decode");
    CHECK(kind("python -m sglang.launch_server --disaggregation-mode null") == "-");
    CHECK(kind("python -m dynamo.vllm --is-prefill-worker") == "prefill");
    CHECK(kind("vllm serve m --kv-transfer-config '{\"kv_role\":\"kv_producer\"}'") == "prefill");
    CHECK(kind("vllm serve m --kv-transfer-config '{\"kv_role\":\"kv_both\"}'") == "-");
    CHECK(kind("vllm serve m --kv-transfer-config "
               "\"{\\\"kv_role\\\":\\\"kv_consumer\\\",\\\"kv_ip\\\":\\\"$IP\\\"}\"") == "decode");
    CHECK(kind("case $1 in prefill) vllm serve m;; esac") == "prefill");
    CHECK(kind("if [ \"$ROLE\" = \"decode\" ]; then vllm serve m; fi") == "decode");
    CHECK(kind("start_decode() { vllm serve m; }") == "decode");
    CHECK(kind("if [ \"$ROLE\" = \"decode\" ]; then x; else vllm serve m; fi") == "-");
  }

  TEST_CASE("files that lie elsewhere are looked for once") {
    const Source inner{.name = "decode.sh", .text = "vllm serve m --port $P --seed 1\n"};
    int looked = 0;
    EngineContext context;
    context.find_file = [&](const std::string& path) -> std::optional<ShellFile> {
      ++looked;
      if (path != "./decode.sh") return std::nullopt;
      return file_of(EmbeddedText(inner));
    };
    const Read read("export P=80\nbash ./decode.sh\nP=81 ./decode.sh x\nbash other.sh\n", context);
    REQUIRE(read.engines.size() == 2);
    CHECK(looked == 2);
    CHECK(read.role().kind == RoleKind::kDecode);
    CHECK(flag_of(read.role(), "port") == "80");
    CHECK(flag_of(read.engines[1].role, "port") == "81");
    const Setting& seed = *read.role().flags.find("seed");
    CHECK(seed.at.source == &inner);
    CHECK(line_and_column(seed.at) == "1:24");
    // It stands in another source, in which it is not to be looked for.
    CHECK(read.role().environment.find("P")->at.source == &read.source);
    CHECK(read.role().environment.find("P")->value_in.empty());
  }

  TEST_CASE("options in a file that the script writes") {
    const Read read(
        "cat > /tmp/x.yaml <<EOF\n"
        "moe_config:\n"
        "  backend: WIDEEP\n"
        "max_batch_size: $B\n"
        "EOF\n"
        "trtllm-serve m --extra_llm_api_options /tmp/x.yaml --tp_size 8\n");
    const DeployedRole& role = read.role();
    CHECK(role.engine == ServingEngine::kTrtllm);
    CHECK(flag_of(role, "moe_config.backend") == "WIDEEP");
    CHECK(flag_of(role, "max_batch_size") == "?");
    CHECK(flag_of(role, "tensor_parallel_size") == "8");
    const Setting& backend = *role.flags.find("moe_config.backend");
    CHECK(line_and_column(backend.at) == "3:3");
    CHECK(backend.at.source == &read.source);
    CHECK(text_at(backend.at, backend.value_in) == "WIDEEP");
    CHECK(read.state.not_read.empty());

    const Read missing("vllm serve m --config /etc/v.yaml");
    REQUIRE(missing.state.not_read.size() == 1);
    CHECK(missing.state.not_read[0] ==
          "line 1: options in '/etc/v.yaml' are not read: it does not stand in this file");
  }
}

}  // namespace
}  // namespace wideep::engine_command_test
