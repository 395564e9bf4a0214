#include "simulate/simulate.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "model/layer_costs.h"
#include "model/overlap.h"
#include "model/prediction.h"
#include "simulate/tasks.h"
#include "support/optimized.h"
#include "support/random_problem.h"

namespace wideep::simulate_test {
namespace {

using doctest::Approx;

Seconds us(double value) {
  return value * unit::us;
}

/// Two tokens of d = 1, b = 2 and e = 4 us each, with no latency.
Problem two_tokens() {
  Problem problem;
  problem.workload.model.top_k = 1;
  problem.workload.traffic.combine_element = Bytes(2.0);
  problem.workload.traffic.tokens = TokensPerRank{2, ExpertLoad::kPerRank, true};
  problem.workload.figures.expert.per_token = us(4);
  const LinkPhase link{.latency = ByWidth<Seconds>::constant(Seconds(0.0)),
                       .bandwidth = Bandwidth::constant(BytesPerSecond(1e6))};
  problem.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
  return problem;
}

TEST_SUITE("simulate") {
  TEST_CASE("a task waits for its resource and for what it depends on") {
    // Link: 0 for 5 us, 2 for 1 us. Compute: 1 for 3 us after 0. Task 2 waits for 1.
    const std::vector<Span> spans = simulate({{Resource::kLink, us(5), {}},
                                              {Resource::kCompute, us(3), {0}},
                                              {Resource::kLink, us(1), {1}}});
    CHECK(spans[1].start / unit::us == Approx(5.0));
    CHECK(spans[2].start / unit::us == Approx(8.0));
    CHECK(makespan(spans) / unit::us == Approx(9.0));
  }

  TEST_CASE("tasks of no duration pass in one moment, in order") {
    const std::vector<Span> spans = simulate({{Resource::kLink, us(0), {}},
                                              {Resource::kCompute, us(0), {0}},
                                              {Resource::kLink, us(0), {1}},
                                              {Resource::kCompute, us(2), {2}}});
    CHECK(makespan(spans) / unit::us == Approx(2.0));
  }

  TEST_CASE("dbo by hand: two layers") {
    // d = 1, b = 2, e = 4 us a micro-batch, no latency: per layer b2 + d1 + max(e1, d2) + max(e2,
    // b1) = 2 + 1 + 4 + 4 = 11, twice 22; the first layer has no combine before it, the last one
    // ends in one.
    const Problem problem = two_tokens();
    const TaskList schedule = tasks_of(problem, asked(problem, {2, 0, Overlap::kDbo, 1, 1.0}), 2);
    const std::vector<Span> spans = simulate(schedule.tasks);
    CHECK(makespan(spans) / unit::us == Approx(22.0));
    CHECK(schedule.tasks.size() == 12);
    CHECK(schedule.labels[0].bytes == Bytes(1.0));
  }

  TEST_CASE("labels say which part of which layer a task is, and what it sends") {
    // 1 B a token out, 2 B back. A stage's letter, layer, piece, tokens and bytes.
    const auto labels = [](const Config& config) {
      Problem problem = two_tokens();
      problem.workload.figures.dense.core.per_token = us(3);
      const TaskList schedule = tasks_of(problem, asked(problem, config), 2);
      CHECK(schedule.labels.size() == schedule.tasks.size());
      std::string all;
      for (const Label& label : schedule.labels) {
        all += fmt::format("{}{}.{} {} {} B\n",
                           "PASDEC"[static_cast<std::size_t>(label.stage)],
                           label.layer,
                           label.piece,
                           label.tokens,
                           label.bytes / unit::B);
      }
      return all;
    };
    CHECK(labels({.ep_width = 2}) ==
          "A0.0 2 0 B\nD0.0 2 2 B\nE0.0 2 0 B\nC0.0 2 4 B\n"
          "A1.0 2 0 B\nD1.0 2 2 B\nE1.0 2 0 B\nC1.0 2 4 B\n");
    CHECK(labels({.ep_width = 2, .overlap = Overlap::kChunk, .chunks = 2}) ==
          "A0.0 2 0 B\nD0.0 1 1 B\nD0.1 1 1 B\nE0.0 1 0 B\nE0.1 1 0 B\nC0.0 1 2 B\nC0.1 1 2 B\n"
          "A1.0 2 0 B\nD1.0 1 1 B\nD1.1 1 1 B\nE1.0 1 0 B\nE1.1 1 0 B\nC1.0 1 2 B\nC1.1 1 2 B\n");
    CHECK(labels({.ep_width = 2, .overlap = Overlap::kDbo, .first_tokens = 1.5}) ==
          "A0.0 1.5 0 B\nA0.1 0.5 0 B\nD0.0 1.5 1.5 B\nD0.1 0.5 0.5 B\n"
          "E0.0 1.5 0 B\nE0.1 0.5 0 B\nC0.0 1.5 3 B\nC0.1 0.5 1 B\n"
          "A1.0 1.5 0 B\nA1.1 0.5 0 B\nD1.0 1.5 1.5 B\nD1.1 0.5 0.5 B\n"
          "E1.0 1.5 0 B\nE1.1 0.5 0 B\nC1.0 1.5 3 B\nC1.1 0.5 1 B\n");
  }

  TEST_CASE(
      "the closed forms equal the replay on 10,000 random problems and any number of layers") {
    ProblemSource source(81, {.max_tokens = 4096, .max_chunks = 32});
    for (int at = 0; at < draws(10'000); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.space.timing = Timing::kSchedule;
      const int width = problem.space.ep_widths.front();
      const double tokens = tokens_per_rank(problem.workload, width);
      const int layers = source.whole(1, 5);
      problem.workload.model.moe_layers = layers;
      for (const Overlap overlap : {Overlap::kNone, Overlap::kChunk, Overlap::kDbo}) {
        const Config config{.ep_width = width,
                            .overlap = overlap,
                            .chunks = overlap == Overlap::kNone ? 1 : source.whole(1, 32),
                            .first_tokens = tokens * source.uniform(0.01, 0.99),
                            .schedule = source.schedule(overlap)};
        const Seconds layer = predict(problem, asked(problem, config)).layer;
        const Seconds replayed =
            makespan(simulate(tasks_of(problem, asked(problem, config), layers).tasks));
        CHECK(replayed.base() == Approx(layers * layer.base()).epsilon(1e-9));
      }
    }
  }

  TEST_CASE("the general formulas equal the replay on 10,000 random problems") {
    ProblemSource source(83,
                         {.max_tokens = 4096, .max_width = 16, .max_chunks = 32, .machines = true});
    for (int at = 0; at < draws(10'000); ++at) {
      CAPTURE(at);
      Problem problem = source.next();
      problem.space.timing = Timing::kSchedule;
      problem.workload.model.moe_layers = source.whole(1, 5);
      const int width = problem.space.ep_widths.front();
      const double tokens = tokens_per_rank(problem.workload, width);
      const std::vector<int>& sms = problem.fabric.kernels[0].sms;
      const bool fused = problem.fabric.kernels.back().fused.has_value();
      for (const auto& [word, overlap] : kOverlapWords) {
        const bool of_fused = overlap == Overlap::kFused;
        if (of_fused && !fused) continue;
        const Config config{.ep_width = width,
                            .kernel = of_fused ? problem.fabric.kernels.size() - 1 : 0,
                            .overlap = overlap,
                            .chunks = cuts_batch(overlap) ? source.whole(2, 32) : 1,
                            .first_tokens = tokens * source.uniform(0.01, 0.99),
                            .sms = sms.empty() ? 0 : sms.front(),
                            .schedule = source.schedule(overlap)};
        const int layers = problem.workload.model.moe_layers;
        const Seconds layer = predict(problem, asked(problem, config)).layer;
        const Seconds replayed =
            makespan(simulate(tasks_of(problem, asked(problem, config), layers).tasks));
        CHECK(replayed.base() == Approx(layers * layer.base()).epsilon(1e-9));
      }
    }
  }

  TEST_CASE("dbo with attention by hand: one layer and two") {
    // As above, with A = 3 us a token: slots max(3, 2) + max(3, 1) + 4 + 4 = 14; one layer has no
    // combine beside its first attention and ends in one: 14 - 3 + 3 + 2 = 16; two: 30.
    Problem problem = two_tokens();
    problem.workload.figures.dense.core.per_token = us(3);
    const Config config{2, 0, Overlap::kDbo, 1, 1.0};
    for (const auto& [layers, total] : {std::pair(1, 16.0), std::pair(2, 30.0)}) {
      problem.workload.model.moe_layers = layers;
      CHECK(predict(problem, asked(problem, config)).layer / unit::us == Approx(total / layers));
      CHECK(makespan(simulate(tasks_of(problem, asked(problem, config), layers).tasks)) /
                unit::us ==
            Approx(total));
    }
  }

  TEST_CASE("no order of the transfers beats the chunk formula, on 2,000 small cases") {
    ProblemSource source(82, {});
    for (int at = 0; at < draws(2000); ++at) {
      CAPTURE(at);
      const int chunks = source.whole(1, 4);
      const Seconds d = us(source.uniform(0.0, 10.0));
      const Seconds e = us(source.uniform(0.0, 10.0));
      const Seconds b = us(source.uniform(0.0, 10.0));
      // Chunks are alike, so only the sequence of dispatches (0) and combines (1) matters.
      std::vector<int> order(static_cast<std::size_t>(chunks), 0);
      order.resize(static_cast<std::size_t>(chunks) * 2, 1);
      Seconds best(1.0);
      do {
        std::vector<Task> tasks;
        std::vector<std::size_t> dispatched;
        std::vector<std::size_t> computed;
        bool possible = true;
        std::size_t combined = 0;
        for (const int kind : order) {
          if (kind == 0) {
            dispatched.push_back(tasks.size());
            tasks.push_back({Resource::kLink, d, {}});
            computed.push_back(tasks.size());
            tasks.push_back({Resource::kCompute, e, {dispatched.back()}});
          } else if (combined < computed.size()) {
            tasks.push_back({Resource::kLink, b, {computed[combined++]}});
          } else {
            possible = false;  // a combine before its dispatch
          }
        }
        if (possible) best = std::min(best, makespan(simulate(tasks)));
      } while (std::next_permutation(order.begin(), order.end()));
      const double m = chunks;
      const double formula = std::max({m * (d + b).base(),
                                       (m * d + e + b).base(),
                                       (d + m * e + b).base(),
                                       (d + e + m * b).base()});
      CHECK(best.base() == Approx(formula).epsilon(1e-12));
    }
  }
}

}  // namespace
}  // namespace wideep::simulate_test
