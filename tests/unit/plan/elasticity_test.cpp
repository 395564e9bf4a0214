#include "plan/elasticity.h"

#include <array>
#include <cmath>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engines/runs.h"
#include "model/placed.h"
#include "search/answer.h"
#include "support/folder.h"

namespace wideep::elasticity_test {
namespace {

/// 2 (12 us + V / 46 GB/s) + e with V = 512 x 8 x 7168 B: 2 x 650.2637 us + 40.96 us = 1341.4874
/// us.
constexpr const char* kWorkload =
    "hidden_size: 7168\ntop_k: 8\nelement_bytes: 1\nexpert_load: T*k\ntokens_per_rank: 512\n"
    "straggler_factor: 1\nexpert_time_per_token: 0.01us\n"
    "fabric:\n  gpus_per_domain: 8\n  kernels:\n    A: {latency: 12us, bandwidth: 46GB/s}\n"
    "search: {ep_width: [8], overlap: [none]}\n";

ReadAgain read_config(const std::string& name, const std::vector<std::string>& set = {}) {
  return read_again(
      {.workload = WIDEEP_SOURCE_DIR "/configs/" + name, .fabric = {}, .search = {}, .set = set});
}

}  // namespace

TEST_SUITE_BEGIN("plan/elasticity");

TEST_CASE("elasticities are the shares of the layer that the inputs account for") {
  const Folder folder;
  const ReadAgain read = read_again({.workload = folder.write("workload.yaml", kWorkload),
                                     .fabric = {},
                                     .search = {},
                                     .set = {}});
  const Config config = answer(with_engines(read.problem)).used()->config;
  const std::vector<UncertainInput> inputs = {
      {.key = {.key = "kernels.A.latency"}},
      {.key = {.key = "kernels.A.bandwidth"}},
      {.key = {.key = "expert_time_per_token"}},
      {.key = {.key = "tokens_per_rank", .whole = true}},
      {.key = {.key = "straggler_factor", .bounds = ScaledKey::Bounds::kAtLeastOne}},
      {.key = {.key = "search.max_chunks"}}};
  VariedProblem varied(read, inputs);
  constexpr double kLayer = 1341.4874;
  const std::array expected = {
      24.0 / kLayer, -1276.5274 / kLayer, 40.96 / kLayer, 1317.4874 / kLayer, 40.96 / kLayer, 0.0};
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    INFO(inputs[at].key.key);
    CHECK(elasticity(varied, at, config) == doctest::Approx(expected[at]).epsilon(1e-3));
  }
}

TEST_CASE("elasticities are those of the same problem with values set") {
  const std::string name = "deepseek-v3-decode-h100-ib400.yaml";
  const ReadAgain read = read_config(name);
  const Config config = answer(with_engines(read.problem)).used()->config;
  const auto inputs = uncertain_inputs(read, {});
  VariedProblem varied(read, inputs);
  int moving = 0;
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    const ScaledKey& key = inputs[at].key;
    const std::string up = varied.text_at(at, 1.02);
    const std::string down = varied.text_at(at, 1 / 1.02);
    if (up.empty() || inputs[at].by_default || key.whole || key.beyond) continue;
    // By direction alone: --set names each.
    if (key.key.find(".experts.") != std::string::npos) continue;
    INFO(key.key, " ", down, " to ", up);
    const auto cost = [&](const std::string& value) {
      const Problem problem = with_engines(read_config(name, {key.key + "=" + value}).problem);
      return cost_of(problem, held(problem, config));
    };
    const double apart =
        std::log(varied.factor_in_force(at, 1.02)) - std::log(varied.factor_in_force(at, 1 / 1.02));
    const double set = std::log(cost(up) / cost(down)) / apart;
    CHECK(std::abs(elasticity(varied, at, config) - set) < 0.01);
    moving += std::abs(set) > 0.01 ? 1 : 0;
  }
  CHECK(moving >= 5);
}

TEST_CASE("what stands in no file scales as if it stood there") {
  const std::string name = "deepseek-v3-decode-h100-ib400.yaml";
  const ReadAgain read = read_config(name);
  const Config config = answer(with_engines(read.problem)).used()->config;
  const auto inputs = uncertain_inputs(read, {});
  VariedProblem varied(read, inputs);
  int found = 0;
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    if (!inputs[at].by_default) continue;
    ++found;
    const std::string& key = inputs[at].key.key;
    INFO(key);
    const Problem scaled = *varied.at(at, 1.2);
    const Problem set =
        with_engines(read_config(name, {key + "=" + varied.text_at(at, 1.2)}).problem);
    const Prediction a = predict(scaled, held(scaled, config));
    const Prediction b = predict(set, held(set, config));
    CHECK(a.layer / b.layer == doctest::Approx(1.0));
    CHECK(a.step.tpot / b.step.tpot == doctest::Approx(1.0));
  }
  CHECK(found == 2);  // serving_efficiency and comm_straggler_factor
}

TEST_SUITE_END();

}  // namespace wideep::elasticity_test
