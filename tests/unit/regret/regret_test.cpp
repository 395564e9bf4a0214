#include "regret/regret.h"

#include <doctest/doctest.h>

#include "deploy/read_file.h"
#include "regret/kernel_run.h"
#include "rules/known.h"
#include "support/published_recipes.h"
#include "support/skip.h"

namespace wideep {
namespace {

DeploymentFile script(const std::string& command) {
  Findings faults;
  auto file = read_deployment({.name = "serve.sh", .text = command + "\n"}, {}, faults);
  REQUIRE(file.has_value());
  REQUIRE(file->jobs.size() == 1);
  return std::move(*file);
}

DeployedRole role_of(const std::string& command) {
  return script(command).jobs.front().roles.front();
}

/// Machines whose NVLink joins so many GPUs.
Fabric domain_of(int gpus) {
  return {.gpus_per_domain = gpus, .kernels = {}};
}

/// A layout as "GPUs of experts x cut, attention group, layout of experts".
std::string layout(const std::string& command) {
  const auto config = layout_of(role_of(command));
  if (!config) return "unknown";
  return std::to_string(config->ep_width) + "x" + std::to_string(config->expert_ranks) + " " +
         name_of(config->attention) + " " + std::string(name_of(config->experts));
}

constexpr const char* kVllm = "vllm serve deepseek-ai/DeepSeek-R1 ";
constexpr const char* kSglang =
    "python3 -m sglang.launch_server --model-path deepseek-ai/DeepSeek-R1 ";

}  // namespace

TEST_SUITE("regret") {
  TEST_CASE("layouts follow from sizes as each engine means them") {
    const std::string vllm = kVllm;
    CHECK(layout(vllm + "-dp 16 --enable-expert-parallel") == "16x1 dp ep");
    CHECK(layout(vllm + "-tp 8 --enable-expert-parallel") == "8x1 tp8 tep");
    CHECK(layout(vllm + "-tp 8") == "1x8 tp8 tp");
    CHECK(layout(vllm + "-tp 4 -dp 2 --enable-expert-parallel") == "8x1 tp4 ep");
    CHECK(layout(vllm + "-tp 8 -pp 2") == "unknown");
    CHECK(layout(vllm + "-dp $N --enable-expert-parallel") == "unknown");
    const std::string sglang = kSglang;
    CHECK(layout(sglang + "--tp 16 --dp 16 --enable-dp-attention --moe-a2a-backend deepep") ==
          "16x1 dp ep");
    CHECK(layout(sglang + "--tp 8 --ep 8") == "8x1 tp8 tep");
    CHECK(layout(sglang + "--tp 8") == "1x8 tp8 tp");
  }

  TEST_CASE("kernels are those that flags choose, or the engine's own choice") {
    const Fabric board = domain_of(8);
    const Fabric rack = domain_of(72);
    const std::string vllm = std::string(kVllm) + "-dp 16 --enable-expert-parallel ";
    CHECK(library_of(role_of(vllm), board) == Library::kNccl);
    CHECK(library_of(role_of(vllm + "--all2all-backend deepep_low_latency"), board) ==
          Library::kDeepEpLl);
    CHECK(!library_of(role_of(vllm + "--all2all-backend nixl_ep"), board));
    CHECK(!library_of(role_of(vllm + "--all2all-backend $A2A"), board));
    // One data-parallel rank has nothing to send.
    CHECK(library_of(role_of(std::string(kVllm) + "-tp 8 --all2all-backend deepep_low_latency"),
                     board) == Library::kVllmAllReduce);
    const std::string sglang =
        std::string(kSglang) + "--tp 16 --dp 16 --enable-dp-attention --moe-a2a-backend deepep ";
    CHECK(library_of(role_of(sglang + "--disaggregation-mode decode"), board) ==
          Library::kDeepEpLl);
    CHECK(library_of(role_of(sglang + "--disaggregation-mode prefill"), board) ==
          Library::kDeepEpHt);
    CHECK(library_of(role_of(sglang + "--deepep-mode normal"), board) == Library::kDeepEpHt);
    Findings faults;
    const auto options = read_deployment({.name = "gen.yaml",
                                          .text = "tensor_parallel_size: 16\n"
                                                  "moe_expert_parallel_size: 16\n"
                                                  "enable_attention_dp: true\n"},
                                         {},
                                         faults);
    const DeployedRole& gen = options->jobs.front().roles.front();
    CHECK(library_of(gen, rack) == Library::kNvlinkOneSided);
    CHECK(library_of(gen, board) == Library::kNccl);
  }

  TEST_CASE("the regret is of steps of the same GPUs and batch") {
    const DeploymentFile file =
        script(std::string(kVllm) +
               "-dp 16 --enable-expert-parallel --all2all-backend deepep_high_throughput "
               "--max-num-seqs 128 --disaggregation-mode decode");
    const auto all = regrets_of(file.jobs.front(),
                                {.model = "deepseek-r1",
                                 .fabric = "h200-ib400",
                                 .traffic = {.input_tokens = 4'096, .output_tokens = 1'024}});
    REQUIRE(all.size() == 1);
    const RoleRegret& one = all.front();
    REQUIRE(one.theirs.has_value());
    CHECK(!one.requests_assumed);
    CHECK(one.theirs->tokens == 128.0);
    CHECK(one.best->tokens == 128.0);
    CHECK(one.theirs->config.gpus() == 16);
    CHECK(one.best->config.gpus() == 16);
    CHECK(one.problem->fabric.kernels[one.theirs->config.kernel].library == Library::kDeepEpHt);
    CHECK(one.problem->fabric.kernels[one.best->config.kernel].library == Library::kDeepEpLl);
    CHECK(one.regret() == doctest::Approx(one.theirs->step.total / one.best->step.total - 1.0));
    CHECK(one.regret() > 0.0);
  }

  TEST_CASE("what is not known is said, not guessed") {
    const DeploymentFile file = script(std::string(kVllm) + "-dp 16 --enable-expert-parallel");
    const Deployment& job = file.jobs.front();
    CHECK(regrets_of(job, {}).front().why_not == "its model is not known; name it with --model");
    CHECK(regrets_of(job, {.model = "deepseek-r1"}).front().why_not ==
          "its machines are not known; name them with --fabric");
    CHECK(regrets_of(job, {.model = "deepseek-r1", .fabric = "h200-ib400"}).front().why_not ==
          "neither requests in flight nor a largest batch is said");
  }

  TEST_CASE("published recipes are priced or a reason is given") {
    if (!published_there()) return;
    int priced = 0;
    for (const std::filesystem::path& path : published_recipes()) {
      CAPTURE(path.string());
      const DeploymentFile file = recipe_at(path);
      const Deployment& job = file.jobs.front();
      PricedBy by;
      if (job.model) by.model = model_preset_of(job.model->value);
      if (job.hardware) by.fabric = fabric_preset_of(job.hardware->value);
      for (const RoleRegret& one : regrets_of(job, by)) {
        CHECK(one.theirs.has_value() == one.why_not.empty());
        CHECK(one.regret() >= 0.0);
        priced += one.theirs ? 1 : 0;
      }
    }
    constexpr int kHalf = 50;  // of 107 roles
    CHECK(priced >= kHalf);
  }
}

}  // namespace wideep
