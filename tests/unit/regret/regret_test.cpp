#include "regret/regret.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "deploy/read_file.h"
#include "model/limits.h"
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

/// Prefill and decode of DeepSeek-R1 on SGLang, 1,024 requests in flight, in so many instances.
DeploymentFile recipe(int prefills, int decodes) {
  const std::string text = fmt::format(
      "name: r\nresources: {{gpu_type: gb200, gpus_per_node: 4, prefill_nodes: {}, "
      "prefill_workers: {}, decode_nodes: {}, decode_workers: {}}}\n"
      "model: {{path: deepseek-r1}}\n"
      "benchmark: {{type: sa-bench, isl: 4096, osl: 1024, concurrencies: \"1024\"}}\n"
      "backend:\n  type: sglang\n  sglang_config:\n"
      "    prefill: {{tp-size: 8, dp-size: 8, ep-size: 8, enable-dp-attention: true, "
      "moe-a2a-backend: flashinfer, chunked-prefill-size: 65536, disaggregation-mode: prefill}}\n"
      "    decode: {{tp-size: 16, dp-size: 16, ep-size: 16, enable-dp-attention: true, "
      "moe-a2a-backend: flashinfer, max-running-requests: 2048, disaggregation-mode: decode}}\n",
      2 * prefills,
      prefills,
      4 * decodes,
      decodes);
  Findings faults;
  auto file = read_deployment({.name = "recipe.yaml", .text = text}, {}, faults);
  CHECK_NOTHROW(faults.throw_if_any());
  REQUIRE(file.has_value());
  REQUIRE(file->jobs.size() == 1);
  return std::move(*file);
}

const PricedBy kOnRack{.model = "deepseek-r1", .fabric = "gb200-nvl72", .traffic = {}};

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

  TEST_CASE("a batch that does not fit is priced as the engine would run it") {
    const DeploymentFile file =
        script(std::string(kVllm) +
               "-dp 8 --enable-expert-parallel --all2all-backend deepep_low_latency "
               "--max-num-seqs 1024 --disaggregation-mode decode");
    const PricedBy by{.model = "deepseek-r1", .fabric = "h200-ib400", .traffic = {}};
    const RoleRegret one = regrets_of(file.jobs.front(), by).front();
    REQUIRE(one.theirs.has_value());
    CHECK(one.theirs->tokens < 1024.0);
    // One more a rank is too many.
    Config more = one.theirs->config;
    CHECK(broken_limits(*one.problem, more).empty());
    more.tokens += 1;
    CHECK(!broken_limits(*one.problem, more).empty());
    const std::string said = one.assumed.at(1) + one.assumed.at(2);
    CHECK(said.find("of 8,192: no more fit by the model") != std::string::npos);
  }

  TEST_CASE("what fits is told by the memory of the layout: weights that a group shares are cut") {
    const DeploymentFile file =
        script(std::string(kVllm) + "-tp 8 --enable-expert-parallel --max-num-seqs 1024");
    const PricedBy by{.model = "deepseek-r1", .fabric = "h200-ib400", .traffic = {}};
    const RoleRegret one = regrets_of(file.jobs.front(), by).front();
    REQUIRE(one.theirs.has_value());
    REQUIRE(one.theirs->memory.has_value());
    const MemoryUse& memory = *one.theirs->memory;
    const Bytes free = memory.capacity - memory.total();
    const double requests = one.theirs->config.tokens;
    CHECK(requests < 1024.0);
    CHECK(free >= Bytes{});
    CHECK(free / memory.cache * requests < 2.0);
  }

  TEST_CASE("a whole deployment is held to the fewest GPUs of its traffic") {
    const auto one = regret_of_whole(recipe(2, 1).jobs.front(), kOnRack);
    REQUIRE(one.has_value());
    REQUIRE(one->theirs.has_value());
    REQUIRE(one->best.has_value());
    const Plan& theirs = *one->theirs;
    CHECK(theirs.gpus() == 2 * 8 + 16);
    CHECK(theirs.decode.instance->slots == 16 * 64);
    CHECK(theirs.prefill->instance->prompts->tokens == 8'192.0);
    // Little's law, by hand.
    CHECK(theirs.in_flight() == doctest::Approx(1'024.0));
    const Seconds held = theirs.waiting.times.ttft.mean + 1'023.0 * theirs.tpot();
    CHECK(theirs.rate.base() == doctest::Approx(1'024.0 / held.base()));
    CHECK(theirs.tokens_per_gpu() == doctest::Approx(theirs.rate.base() * 1'024.0 / 32.0));
    // The best is no slower.
    CHECK(one->best->tpot() <= theirs.tpot());
    CHECK(one->best->waiting.times.ttft.mean <= theirs.waiting.times.ttft.mean);
    CHECK(one->best->rate >= theirs.rate * (1.0 - 1e-9));
    CHECK(one->regret() == doctest::Approx(std::max(0.0, 32.0 / one->best->gpus() - 1.0)));
  }

  TEST_CASE("a rate that is asked for is held, or the most below it is told") {
    DeploymentFile file = recipe(2, 1);
    file.jobs.front().concurrencies.clear();
    PricedBy by = kOnRack;
    by.traffic.rate = 20.0;
    const auto held = regret_of_whole(file.jobs.front(), by);
    REQUIRE((held && held->theirs));
    CHECK(held->theirs->rate.base() == doctest::Approx(20.0));
    CHECK(!held->too_much);
    by.traffic.rate = 2'000.0;
    const auto most = regret_of_whole(file.jobs.front(), by);
    REQUIRE((most && most->theirs));
    CHECK(most->too_much);
    CHECK(most->theirs->rate < PerSecond(2'000.0));
    CHECK(most->theirs->rate <= most->theirs->most * (1.0 + 1e-9));
  }

  TEST_CASE("instances that nobody needs are regretted") {
    const auto lean = regret_of_whole(recipe(2, 1).jobs.front(), kOnRack);
    const auto rich = regret_of_whole(recipe(8, 1).jobs.front(), kOnRack);
    REQUIRE((lean && lean->best && rich && rich->best));
    CHECK(rich->theirs->gpus() == lean->theirs->gpus() + 6 * 8);
    CHECK(rich->regret() > lean->regret() + 0.5);
  }

  TEST_CASE("half a deployment is not priced as a whole") {
    const DeploymentFile file = script(std::string(kVllm) + "-dp 8 --disaggregation-mode decode");
    CHECK(!regret_of_whole(file.jobs.front(), kOnRack));
    CHECK(!regret_of_whole(recipe(1, 1).jobs.front(), {}));
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
      const PricedBy by = priced_with({}, job);
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
