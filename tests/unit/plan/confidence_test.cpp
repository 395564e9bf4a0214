#include "plan/confidence.h"

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engines/runs.h"
#include "plan/draws.h"
#include "plan/sensitivity.h"
#include "search/finalists.h"
#include "support/folder.h"
#include "support/optimized.h"
#include "support/random_files.h"
#include "support/skip.h"

namespace wideep::confidence_test {
namespace {

ReadAgain read_text(const Folder& folder, const std::string& workload) {
  const std::string path = folder.write("workload.yaml", workload);
  return read_again({.workload = path, .fabric = {}, .search = {}, .set = {}});
}

ReadAgain read_config(const std::string& name) {
  return read_again(
      {.workload = WIDEEP_SOURCE_DIR "/configs/" + name, .fabric = {}, .search = {}, .set = {}});
}

Config best_of(const ReadAgain& read) {
  return answer(with_engines(read.problem)).used()->config;
}

std::vector<UncertainInput> scaled(std::vector<UncertainInput> inputs, double factor) {
  for (UncertainInput& input : inputs) input.deviation *= factor;
  return inputs;
}

Confidence searched(const ReadAgain& read,
                    const std::vector<UncertainInput>& inputs,
                    const Config& config,
                    const Draws& draws) {
  const VariedProblem varied(read, inputs);
  return searched_confidence(varied, {.inputs = inputs, .config = config}, draws);
}

/// Two kernels at one width without overlap: A costs 2 (12 us + V / 46 GB/s f) + e, B costs
/// 2 (40 us + V / 48 GB/s) + e, with V = 512 x 8 x 7168 B = 29.36 MB and
/// e = 1 x 512 x 8 x 0.01 us = 40.96 us.
constexpr const char* kTwo =
    "hidden_size: 7168\ntop_k: 8\nelement_bytes: 1\nexpert_load: T*k\ntokens_per_rank: 512\n"
    "straggler_factor: 1\nexpert_time_per_token: 0.01us\n"
    "fabric:\n  gpus_per_domain: 8\n  kernels:\n"
    "    A: {latency: 12us, bandwidth: 46GB/s}\n    B: {latency: 40us, bandwidth: 48GB/s}\n"
    "search: {ep_width: [8], overlap: [none]}\n";

struct Exact {
  double best_share = 0.0;
  double regret = 0.0;
};

/// Of A with a bandwidth of that relative standard deviation, by the rectangle rule over z.
Exact exact_of_two(double deviation) {
  constexpr double kVolume = 512.0 * 8 * 7168;
  constexpr double kExperts = 512.0 * 8 * 0.01e-6;
  const double other = 2 * (40e-6 + kVolume / 48e9) + kExperts;
  const double tau = std::sqrt(std::log(1 + deviation * deviation));
  constexpr int kSteps = 40'000;
  constexpr double kFar = 8.0;
  constexpr double kStep = 2 * kFar / kSteps;
  Exact exact;
  for (int at = 0; at < kSteps; ++at) {
    const double z = -kFar + (at + 0.5) * kStep;
    const double weight = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * kStep;
    const double ours = 2 * (12e-6 + kVolume / (46e9 * std::exp(tau * z))) + kExperts;
    if (ours <= other) exact.best_share += weight;
    exact.regret += weight * std::max(0.0, ours / other - 1.0);
  }
  return exact;
}

std::vector<UncertainInput> bandwidth_of_a(double deviation) {
  return {{.key = {.key = "kernels.A.bandwidth"}, .deviation = deviation, .source = "test"}};
}

}  // namespace

TEST_SUITE_BEGIN("plan/confidence");

TEST_CASE("of two configurations shares and regret are those of the integral") {
  const Folder folder;
  const ReadAgain read = read_text(folder, kTwo);
  const Config config = best_of(read);
  REQUIRE(read.problem.fabric.kernels[config.kernel].name == "A");
  const int count = draws(20'000);
  for (const double deviation : {0.05, 0.2}) {
    const Exact exact = exact_of_two(deviation);
    const auto inputs = bandwidth_of_a(deviation);
    const Confidence found = searched(read, inputs, config, {.count = count, .threads = 2});
    const double share_error = std::sqrt(exact.best_share * (1 - exact.best_share) / count);
    INFO("deviation ",
         deviation,
         ": exact ",
         exact.best_share,
         " and ",
         exact.regret,
         ", drawn ",
         found.best_share,
         " and ",
         found.regret);
    CHECK(std::abs(found.best_share - exact.best_share) < 4 * share_error);
    CHECK(std::abs(found.regret - exact.regret) < 4 * found.regret_error);
    CHECK(found.regret_error < 0.1 * exact.regret);
    REQUIRE(found.winners.size() == 2);
    CHECK(found.winners[0].draws + found.winners[1].draws == count);
    REQUIRE(found.levers.size() == 1);
    CHECK(found.levers[0].input == 0);
  }
}

TEST_CASE("to first order two configurations have nearly those") {
  const Folder folder;
  const ReadAgain read = read_text(folder, kTwo);
  const Config config = best_of(read);
  const auto rivals = finalists(with_engines(read.problem), 0.5, 4);
  REQUIRE(rivals.size() == 2);
  constexpr double kDeviation = 0.05;
  const Exact exact = exact_of_two(kDeviation);
  const auto inputs = bandwidth_of_a(kDeviation);
  const VariedProblem varied(read, inputs);
  constexpr int kCount = 20'000;
  const Confidence found = first_order_confidence(
      varied, {.inputs = inputs, .config = config}, rivals, {.count = kCount});
  CHECK(found.best_share == doctest::Approx(exact.best_share).epsilon(0.03));
  CHECK(found.regret == doctest::Approx(exact.regret).epsilon(0.1));
}

TEST_CASE("the same seed gives the same on one, two and three threads") {
  const ReadAgain read = read_config("deepseek-v3-decode-h100-ib400.yaml");
  const auto inputs = uncertain_inputs(read, {});
  const Config config = best_of(read);
  const auto run = [&](int threads, std::uint64_t seed) {
    return searched(read, inputs, config, {.count = 60, .seed = seed, .threads = threads});
  };
  const Confidence one = run(1, 7);
  for (const int threads : {2, 3}) {
    const Confidence other = run(threads, 7);
    CHECK(other.best_share == one.best_share);
    CHECK(other.regret == one.regret);
    CHECK(other.regret_error == one.regret_error);
    CHECK(other.tpot.low == one.tpot.low);
    CHECK(other.layer.high == one.layer.high);
    REQUIRE(other.winners.size() == one.winners.size());
    for (std::size_t at = 0; at < one.winners.size(); ++at) {
      CHECK(other.winners[at].config == one.winners[at].config);
      CHECK(other.winners[at].draws == one.winners[at].draws);
    }
  }
  CHECK(run(1, 8).tpot.low != one.tpot.low);
}

TEST_CASE("more uncertainty is not less regret, in random problems") {
  if (!quick_enough()) return;
  constexpr unsigned kSeed = 911;
  INFO("seed ", kSeed);
  Draw draw(kSeed);
  int grew = 0;
  int problems = 0;
  for (; problems < draws(40); ++problems) {
    const Folder folder;
    const ReadAgain read = read_text(folder, random_files(draw).workload);
    const auto inputs = uncertain_inputs(read, {});
    const Config config = best_of(read);
    Confidence last = searched(read, scaled(inputs, 0.5), config, {.count = 150, .threads = 2});
    const double first = last.regret;
    for (const double factor : {1.0, 2.0, 4.0}) {
      const Confidence next =
          searched(read, scaled(inputs, factor), config, {.count = 150, .threads = 2});
      INFO("problem ", problems, ", factor ", factor);
      CHECK(next.regret >= last.regret - 2 * next.regret_error - 1e-12);
      last = next;
    }
    grew += last.regret > first ? 1 : 0;
  }
  CHECK(grew > problems / 2);
}

TEST_CASE("without uncertainty the best is the best") {
  const ReadAgain read = read_config("deepseek-v3-decode-h100-ib400.yaml");
  const auto inputs = scaled(uncertain_inputs(read, {}), 0.0);
  const Confidence found = searched(read, inputs, best_of(read), {.count = 3});
  CHECK(found.best_share == 1.0);
  CHECK(found.regret == 0.0);
  CHECK(found.tpot.low == found.tpot.high);
  CHECK(found.levers.empty());
}

TEST_CASE("to first order shipped problems are as sure as by a search in every draw") {
  if (!quick_enough()) return;
  for (const char* name : {"deepseek-v3-decode-h100-ib400.yaml",
                           "deepseek-v3-prefill-h100-ib400.yaml",
                           "deepseek-v3-decode-gb200-nvl72.yaml",
                           "closed-form.yaml"}) {
    INFO(name);
    const ReadAgain read = read_config(name);
    const auto inputs = uncertain_inputs(read, {});
    const Config config = best_of(read);
    const auto near = default_confidence(
        read, inputs, {.config = config, .base = config}, {.count = 400, .seed = 3});
    REQUIRE(near);
    const Confidence exact =
        searched(read, inputs, config, {.count = 400, .seed = 3, .threads = 2});
    MESSAGE(name,
            ": ",
            near->best_share,
            " and ",
            exact.best_share,
            " best, regret ",
            near->regret,
            " and ",
            exact.regret);
    CHECK(std::abs(near->best_share - exact.best_share) < 0.08);
    CHECK(std::abs(near->regret - exact.regret) < 0.004);
    CHECK(near->tpot.low == doctest::Approx(exact.tpot.low).epsilon(0.02));
    CHECK(near->tpot.high == doctest::Approx(exact.tpot.high).epsilon(0.05));
  }
}

TEST_CASE("where the batch is chosen, draws are searches") {
  const ReadAgain read =
      read_again({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml",
                  .fabric = {},
                  .search = {},
                  .set = {"tokens_per_rank={min: 1, max: 4096}", "slo.tpot=50ms"}});
  const auto inputs = uncertain_inputs(read, {});
  const Config config = best_of(read);
  const auto found = default_confidence(
      read, inputs, {.config = config, .base = config}, {.count = kDefaultDraws, .seed = 2});
  REQUIRE(found);
  CHECK(found->searched);
  const Confidence exact =
      searched(read, inputs, config, {.count = kChosenBatchDraws, .seed = 2, .threads = 1});
  CHECK(found->best_share == exact.best_share);
  CHECK(found->regret == exact.regret);
  CHECK(found->broken_share > 0.2);
}

TEST_CASE("a service level that is met by little is broken in many draws") {
  const ReadAgain read =
      read_again({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml",
                  .fabric = {},
                  .search = {},
                  .set = {"slo={tpot: 64ms}", "search.ep_width=[64]"}});
  const auto inputs = uncertain_inputs(read, {});
  const Config config = best_of(read);
  const Confidence found = searched(read, inputs, config, {.count = 200, .threads = 2});
  CHECK(found.feasible < 200);
  const auto near =
      default_confidence(read, inputs, {.config = config, .base = config}, {.count = 200});
  REQUIRE(near);
  CHECK(near->broken_share > 0.2);
  CHECK(near->broken_share < 0.8);
}

TEST_CASE("draws are standard normal and independent") {
  constexpr int kCount = 40'000;
  double sum = 0.0;
  double squares = 0.0;
  double fourth = 0.0;
  double across = 0.0;
  double along = 0.0;
  for (std::uint64_t at = 0; at < kCount; ++at) {
    const double z = drawn_normal(5, at, 2);
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
    across += z * drawn_normal(5, at, 3);
    along += z * drawn_normal(5, at + 1, 2);
  }
  const double error = 1.0 / std::sqrt(kCount);
  CHECK(std::abs(sum / kCount) < 4 * error);
  CHECK(std::abs(squares / kCount - 1.0) < 4 * std::sqrt(2.0) * error);
  CHECK(std::abs(fourth / kCount - 3.0) < 4 * std::sqrt(96.0) * error);
  CHECK(std::abs(across / kCount) < 4 * error);
  CHECK(std::abs(along / kCount) < 4 * error);
  // ln(1 + 0.5^2) = 0.223144, of which the root is 0.472381.
  CHECK(log_of_factor(0.5, 2.0) == doctest::Approx(2 * 0.472381).epsilon(1e-5));
}

TEST_SUITE_END();

}  // namespace wideep::confidence_test
