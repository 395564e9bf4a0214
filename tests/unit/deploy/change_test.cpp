// What changes are told as, and what they write.
#include "deploy/change.h"

#include <doctest/doctest.h>

#include "deploy/read_file.h"

namespace wideep::change_test {
namespace {

/// The only role that a text starts.
struct Read {
  DeploymentFile file;
  const DeployedRole* role = nullptr;
};

Read read(const std::string& name, const std::string& text) {
  Findings faults;
  auto file = read_deployment({.name = name, .text = text}, {}, faults);
  REQUIRE(file.has_value());
  REQUIRE(file->jobs.size() == 1);
  REQUIRE(file->jobs.front().roles.size() == 1);
  Read result{.file = std::move(*file)};
  result.role = &result.file.jobs.front().roles.front();
  return result;
}

std::string told(const std::string& name,
                 const std::string& text,
                 const std::vector<Change>& changes) {
  return lines_of(changes, *read(name, text).role);
}

std::string written(const std::string& name, const std::string& text, const Change& change) {
  const Read now = read(name, text);
  const auto edit = edit_of(change, *now.role);
  REQUIRE(edit.has_value());
  return edited(now.file.sources.front(), {*edit});
}

const Change kMode = set_flag("compilation-config.cudagraph_mode", "FULL");
const Change kDepth = set_variable("NVSHMEM_QP_DEPTH", "2050");

}  // namespace

TEST_SUITE("deploy/change") {
  TEST_CASE("a key of a JSON object is told with the rest of it, which vLLM takes as a whole") {
    const std::string start = "vllm serve m --compilation-config ";
    CHECK(told("a.sh", start + "'{\"cudagraph_mode\": \"NONE\", \"level\": 3}'", {kMode}) ==
          "--compilation-config '{\"cudagraph_mode\": \"FULL\", \"level\": 3}'");
    CHECK(told("a.sh", start + "'{\"level\": 3}'", {kMode}) ==
          "--compilation-config '{\"cudagraph_mode\": \"FULL\", \"level\": 3}'");
    CHECK(told("a.sh",
               start + "'{\"level\": 3}'",
               {kMode, set_flag("compilation-config.level", "2"), set_flag("max-num-seqs", "8")}) ==
          "--compilation-config '{\"cudagraph_mode\": \"FULL\", \"level\": 2}', --max-num-seqs 8");
    // What is put together elsewhere, or has quotes that are escaped, is not copied.
    const std::vector<std::string> elsewhere = {"C='{\"level\": 3}'\n" + start + "\"$C\"",
                                                start + "\"{\\\"level\\\": 3}\""};
    for (const std::string& put : elsewhere) {
      CHECK(told("a.sh", put, {kMode}) == "\"cudagraph_mode\": \"FULL\" in compilation-config");
    }
  }

  TEST_CASE("a key of a JSON object that is not there yet has a flag of its own in vLLM alone") {
    CHECK(told("a.sh", "vllm serve m --max-num-seqs 8", {kMode}) ==
          "--compilation-config.cudagraph_mode FULL");
    CHECK(written("a.sh", "vllm serve m --max-num-seqs 8\n", kMode) ==
          "vllm serve m --max-num-seqs 8 --compilation-config.cudagraph_mode FULL\n");
    CHECK(told("a.sh",
               "python -m sglang.launch_server --model-path m",
               {set_flag("deepep-config.normal_dispatch.num_sms", "24")}) ==
          "--deepep-config '{\"normal_dispatch\": {\"num_sms\": 24}}'");
  }

  TEST_CASE("a key of a section is told with where it stands") {
    const std::string options =
        "moe_config: {backend: CUTLASS}\ncuda_graph_config:\n  enable_padding: true\n";
    CHECK(told("a.yaml", options, {set_flag("cuda_graph_config.max_batch_size", "64")}) ==
          "max_batch_size: 64 in cuda_graph_config");
    CHECK(told("a.yaml", options, {set_flag("kv_cache_config.tokens_per_block", "64")}) ==
          "kv_cache_config: {tokens_per_block: 64}");
  }

  TEST_CASE("a variable is told as the file sets it") {
    const std::string serve = "vllm serve m --max-num-seqs 8\n";
    CHECK(told("a.sh", "export NVSHMEM_QP_DEPTH=1024\n" + serve, {kDepth}) ==
          "export NVSHMEM_QP_DEPTH=2050");
    CHECK(told("a.sh", "NVSHMEM_QP_DEPTH=1024 " + serve, {kDepth}) == "NVSHMEM_QP_DEPTH=2050");
    CHECK(told("a.sh", "NVSHMEM_QP_DEPTH=1024\nexport NVSHMEM_QP_DEPTH\n" + serve, {kDepth}) ==
          "NVSHMEM_QP_DEPTH=2050");
    CHECK(told("a.sh", "env NVSHMEM_QP_DEPTH=1024 " + serve, {kDepth}) == "NVSHMEM_QP_DEPTH=2050");
    CHECK(told("a.sh", serve, {kDepth}) == "export NVSHMEM_QP_DEPTH=2050");
    CHECK(told("a.sh",
               "docker run -e NVSHMEM_QP_DEPTH=1024 vllm/vllm-openai:v0.20.0 --model m\n",
               {kDepth}) == "-e NVSHMEM_QP_DEPTH=2050");
    CHECK(told("a.sh", "docker run vllm/vllm-openai:v0.20.0 --model m\n", {kDepth}) ==
          "-e NVSHMEM_QP_DEPTH=2050");
    CHECK(told("Dockerfile",
               "FROM vllm/vllm-openai:v0.20.0\nENV NVSHMEM_QP_DEPTH=1024\n"
               "ENTRYPOINT [\"vllm\", \"serve\", \"m\"]\n",
               {kDepth}) == "ENV NVSHMEM_QP_DEPTH=2050");
    CHECK(told("Dockerfile",
               "FROM vllm/vllm-openai:v0.20.0\nENTRYPOINT [\"vllm\", \"serve\", \"m\"]\n",
               {kDepth}) == "ENV NVSHMEM_QP_DEPTH=2050");
  }

  TEST_CASE("a value with quotes stands in others in a list") {
    const std::string pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: m}\nspec:\n  containers:\n  - name: vllm\n"
        "    image: vllm/vllm-openai:v0.20.0\n    args:\n    - --model\n    - m\n";
    CHECK(written("a.yaml", pod, set_flag("eplb-config", "{\"step_interval\": 8}")) ==
          pod + "    - --eplb-config\n    - '{\"step_interval\": 8}'\n");
  }
}

}  // namespace wideep::change_test
