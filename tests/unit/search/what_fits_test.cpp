// What is said to fit is what the search runs, and one request more is not.
#include "model/what_fits.h"

#include <regex>
#include <string>

#include <doctest/doctest.h>

#include "model/limits.h"
#include "model/memory.h"
#include "search/optimize.h"
#include "support/limit_words.h"
#include "support/memory_problem.h"
#include "support/optimized.h"

namespace wideep::what_fits_test {
namespace {

constexpr unsigned kSeed = 8'117;

/// A problem of one width with limits on transfers of any kind.
MemoryCase draw(ProblemSource& source) {
  MemoryCase c = draw_memory(source);
  c.problem.workload.model.experts = c.config.ep_width * source.whole(1, 8);
  c.problem.workload.serving.redundant_experts = 0;
  c.problem.workload.model.top_k =
      std::min(c.problem.workload.model.top_k, *c.problem.workload.model.experts);
  if (source.chance(0.3)) c.problem.workload.serving.dispatch_capacity = source.whole(1, 2'000);
  return c;
}

/// Whether the search finds a configuration of that width and kernel for so many tokens per rank.
bool is_run(Problem problem, int ep_width, std::size_t kernel, int tokens) {
  set_tokens(problem, tokens);
  problem.space.ep_widths = {ep_width};
  problem.space.kernels = {kernel};
  return optimize(problem, Solver::kExhaustive).optimum.has_value();
}

TEST_SUITE("search/what_fits") {
  TEST_CASE("the largest batch of a mode is run, and one request more is not") {
    ProblemSource source(
        kSeed, {.max_tokens = 512, .max_width = 64, .max_chunks = 8, .transfer_limits = true});
    CAPTURE(kSeed);
    int some = 0;
    int none = 0;
    for (int at = 0; at < draws(400); ++at) {
      CAPTURE(at);
      MemoryCase c = draw(source);
      c.problem.space.overlaps = {source.chance(0.3) ? Overlap::kChunk : c.config.overlap};
      c.config.overlap = c.problem.space.overlaps.front();
      Kernel& kernel = c.problem.fabric.kernels[c.config.kernel];
      if (!kernel.sms.empty()) kernel.sms = {c.config.sms};
      const Batch most = largest_batch(c.problem, c.config);
      CAPTURE(most.tokens);
      const int each = tokens_each(c.problem.workload);
      const auto run = [&](int tokens) {
        return is_run(c.problem, c.config.ep_width, c.config.kernel, tokens);
      };
      ++(most.tokens > 0 ? some : none);
      if (most.tokens > 0) CHECK(run(most.tokens));
      if (most.tokens < 1'000'000) CHECK_FALSE(run(std::max(most.tokens + each, 2)));
      const bool decodes = c.problem.workload.traffic.phase == Phase::kDecode;
      if (decodes) CHECK(most.tokens == each * most.requests);
    }
    CHECK(some > draws(100));
    CHECK(none > draws(20));
  }

  TEST_CASE("what a message says fits is run, and one request more is not") {
    ProblemSource source(
        kSeed + 1, {.max_tokens = 512, .max_width = 64, .max_chunks = 8, .transfer_limits = true});
    const std::regex says(R"(EP (\d+) with (\w) fits with ([\d,]+) (request|token)s? per rank)");
    const std::regex whole(R"(EP (\d+) with (\w) fits the whole batch)");
    int counted = 0;
    int wholes = 0;
    for (int at = 0; at < draws(1000); ++at) {
      CAPTURE(at);
      MemoryCase c = draw(source);
      c.problem.space.timing = Timing::kSchedule;
      const auto limit = words(c.problem, memory_limit(c.problem, asked(c.problem, c.config)));
      if (!limit) continue;
      CAPTURE(limit->fix);
      const int each = tokens_each(c.problem.workload);
      const auto kernel_named = [](const std::string& name) {
        return static_cast<std::size_t>(name.front() - 'A');
      };
      std::smatch found;
      std::string text = limit->fix;
      if (std::regex_search(text, found, whole)) {
        ++wholes;
        const int width = std::stoi(found[1]);
        CHECK(is_run(
            c.problem, width, kernel_named(found[2]), tokens_per_rank(c.problem.workload, width)));
      }
      for (; std::regex_search(text, found, says); text = found.suffix()) {
        ++counted;
        std::string digits = found[3];
        std::erase(digits, ',');
        const int tokens = std::stoi(digits) * each;
        const int width = std::stoi(found[1]);
        CHECK(is_run(c.problem, width, kernel_named(found[2]), tokens));
        for (const std::size_t kernel : c.problem.space.kernels) {
          CHECK_FALSE(is_run(c.problem, width, kernel, tokens + each));
        }
      }
    }
    if (kOptimized) CHECK(counted > 30);
    if (kOptimized) CHECK(wholes > 5);
  }
}

}  // namespace
}  // namespace wideep::what_fits_test
