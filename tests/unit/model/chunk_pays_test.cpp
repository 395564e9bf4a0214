#include "model/chunk_pays.h"

#include <doctest/doctest.h>

#include "model/thresholds.h"
#include "support/asked.h"
#include "support/optimized.h"
#include "support/random_problem.h"
#include "support/reference.h"

namespace wideep::chunk_pays_test {
namespace {

using doctest::Approx;

/// 1 kB a token; L us and 1 us a token each way; experts `launch` us and 4 us a token; T = 12.
Problem worked(double latency_us, double launch_us) {
  Problem p;
  p.workload.model.hidden_size = 1000;
  p.workload.traffic.tokens = TokensPerRank{12, ExpertLoad::kPerRank, true};
  p.workload.figures.expert.per_token = 4.0 * unit::us;
  p.workload.figures.expert.launch = launch_us * unit::us;
  const LinkPhase link{.latency = ByWidth<Seconds>::constant(latency_us * unit::us),
                       .bandwidth = Bandwidth::constant(unit::GBps)};
  p.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
  p.space.kernels = {0};
  return p;
}

ChunkPays pays_of(const Problem& p) {
  return thresholds(p, asked(p, {.ep_width = 8})).chunk_pays;
}

TEST_SUITE("model/chunk_pays") {
  TEST_CASE("worked by hand") {
    // None: (1 + 12) + (2 + 48) + (1 + 12) = 76 us. m chunks, the experts' slot binding:
    // d + m e + b = 2 (1 + 12/m) + m (2 + 48/m) = 50 + 24/m + 2 m:
    //   m = 2: 66;  3: 64;  4: 64;  6: 66;  12: 76, no gain. Of 11: 74.2, a gain.
    const ChunkPays pays = pays_of(worked(1, 2));
    CHECK(pays.most == 11);
    CHECK(*pays.from.value / unit::B == Approx(12e3 / 11));
    CHECK(pays.best_count == 3);  // 4 are as fast
    CHECK(*pays.best.value / unit::B == Approx(4e3));
  }

  TEST_CASE("the kernel's limit and max_chunks leave out what cannot run") {
    Problem p = worked(1, 2);
    p.space.max_chunks = 2;
    CHECK(pays_of(p).most == 2);
    p = worked(1, 2);
    p.fabric.kernels[0].limits.max_tokens_per_rank = 2;  // 6 chunks at least
    CHECK(pays_of(p).best_count == 6);
    CHECK(pays_of(p).most == 11);
    p.space.max_chunks = 5;
    CHECK(
        pays_of(p).from.reason ==
        "even 5 chunks, the most here, hold more than the 2 tokens that LL takes in one transfer");
  }

  TEST_CASE("where no chunk pays it says why") {
    // A launch of 40 us, paid by each chunk: 2 take (2 + 24/2) + 2 * 40 + 48 = 142 us, none 114.
    CHECK(pays_of(worked(1, 40)).from.reason ==
          "no number of chunks from 2 to 12 is faster than no overlap");
    CHECK(pays_of(worked(1, 40)).best.reason == pays_of(worked(1, 40)).from.reason);
    Problem p = worked(1, 2);
    p.space.max_chunks = 1;
    CHECK(pays_of(p).from.reason == "max_chunks is 1");
    p = worked(1, 2);
    p.workload.traffic.tokens = TokensPerRank{1, ExpertLoad::kPerRank, true};
    CHECK(pays_of(p).from.reason == "a batch of 1 token cannot be cut");
    p = worked(1, 2);
    p.space.timing = Timing::kSteadyState;
    CHECK(pays_of(p).from.reason == "chunks do not exist under timing: steady_state");
    CHECK(with_asked(thresholds, worked(1, 2), {.ep_width = 1}).chunk_pays.from.reason ==
          "nothing is sent at EP width 1");
  }

  TEST_CASE("equals brute force over the chunk counts, on 3,000 random problems") {
    ProblemSource source(20'261'002,
                         {.max_tokens = 300,
                          .max_width = 16,
                          .max_chunks = 40,
                          .transfer_limits = true,
                          .machines = true});
    int pays = 0;
    for (int at = 0; at < draws(3000); ++at) {
      CAPTURE(at);
      Problem p = source.next();
      p.space.timing = Timing::kSchedule;
      Config config{.ep_width = p.space.ep_widths.back()};
      if (config.ep_width == 1) continue;
      if (!p.fabric.kernels[0].sms.empty()) config.sms = p.fabric.kernels[0].sms.back();
      const ChunkPays found = thresholds(p, asked(p, config)).chunk_pays;
      const reference::Layer layer = reference::layer(p, config);
      const int tokens = reference::tokens(p.workload, config.ep_width);
      const auto limit = p.fabric.kernels[0].limits.max_tokens_per_rank;
      const double none = reference::none(layer, tokens, config.schedule);
      int most = 0;
      double fastest = none * (1 - 1e-12);
      for (int m = 2; m <= std::min(tokens, p.space.max_chunks); ++m) {
        if (limit && 1.0 * tokens / m > *limit + 1e-9) continue;
        const double time = reference::chunked(layer, tokens, m);
        if (time < none * (1 - 1e-12)) most = m;
        fastest = std::min(fastest, time);
      }
      REQUIRE(found.from.value.has_value() == (most > 0));
      REQUIRE(found.best.value.has_value() == (most > 0));
      if (most == 0) continue;
      ++pays;
      const double volume = tokens * layer_costs(p, config).dispatch_per_token.base();
      CHECK(found.most == most);
      CHECK(found.from.value->base() == Approx(volume / most).epsilon(1e-12));
      CHECK(reference::chunked(layer, tokens, found.best_count) == Approx(fastest).epsilon(1e-11));
      CHECK(found.best.value->base() == Approx(volume / found.best_count).epsilon(1e-12));
    }
    CHECK(pays > (kOptimized ? 400 : 20));
  }
}

}  // namespace
}  // namespace wideep::chunk_pays_test
