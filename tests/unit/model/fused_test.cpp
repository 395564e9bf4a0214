#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "model/kernel_buffers.h"
#include "model/layer_costs.h"
#include "model/limits.h"
#include "model/memory.h"
#include "model/overlap.h"
#include "model/prediction.h"
#include "model/thresholds.h"
#include "report/limit_text.h"
#include "search/optimize.h"
#include "support/asked.h"

namespace wideep::fused_test {
namespace {

using doctest::Approx;

constexpr Seconds us(double value) {
  return value * unit::us;
}

/// 8 experts of three matrices 1000 x 1000 in mxfp4, 2 a token, dealt out evenly over 4 ranks. An
/// expert's weights are 3e6 x 17/32 = 1.59375 MB, 1 us at 1.59375 TB/s; a routed token is 6 MFLOP,
/// 1 us at 6 TFLOP/s; its two copies are 1000 (33/32 + 2) B = 3031.25 B, 1 us at 3.03125 GB/s.
Problem problem(int tokens, double exponent) {
  Problem p;
  Model& model = p.workload.model;
  model.hidden_size = 1000;
  model.top_k = 2;
  model.experts = 8;
  model.shape.hidden_size = 1000;
  model.shape.expert_size = 1000;
  model.shape.weights = WeightType::kMxfp4;
  p.workload.traffic.routing = Routing::kBalanced;
  p.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
  Kernel kernel;
  kernel.name = "MegaMoE";
  kernel.library = Library::kMegaMoe;
  kernel.fused = FusedFigures{.launch = us(10),
                              .launch_per_rank = us(0.5),
                              .read = BytesPerSecond(1.59375e12),
                              .rate = FlopPerSecond(6e12),
                              .bandwidth = BytesPerSecond(3.03125e9),
                              .exponent = exponent};
  p.fabric.gpus_per_domain = 8;
  p.fabric.kernels = {kernel};
  p.space.kernels = {0};
  p.space.ep_widths = {4};
  return p;
}

constexpr Config kFused{.ep_width = 4, .overlap = Overlap::kFused, .schedule = Schedule::kInOrder};

Seconds layer(const Problem& problem, Config config = kFused) {
  return predict(problem, asked(problem, config)).layer;
}

TEST_SUITE("model/fused") {
  TEST_CASE("the time by hand") {
    // 10 tokens: 2 experts, 20 routed tokens. x = 2, 20 gamma and 20 gamma us after 10 + 4 x 0.5.
    CHECK(layer(problem(10, 1.0)) / unit::us == Approx(12 + 42));
    CHECK(layer(problem(10, 2.0)) / unit::us == Approx(12 + std::sqrt(4 + 400 + 400)));
    Problem uneven = problem(10, 1.0);
    uneven.workload.traffic.straggler.source = ByWidth<double>::constant(1.5);
    CHECK(layer(uneven) / unit::us == Approx(12 + 2 + 30 + 30));
    // Bytes may be less even than tokens.
    uneven.workload.traffic.comm_straggler_factor = 2.0;
    CHECK(layer(uneven) / unit::us == Approx(12 + 2 + 30 + 40));
    // Attention comes first, shared experts too.
    uneven.workload.figures.dense.core.fixed = us(5);
    uneven.workload.figures.dense.shared.fixed = us(3);
    CHECK(layer(uneven) / unit::us == Approx(12 + 2 + 30 + 40 + 8));
    // Of one rank nothing is sent.
    Config alone = kFused;
    alone.ep_width = 1;
    CHECK(layer(problem(10, 1.0), alone) / unit::us == Approx(10.5 + 8 + 20));
    Problem two_matrices = problem(10, 1.0);
    two_matrices.workload.model.shape.expert_matrices = 2;
    CHECK(layer(two_matrices) / unit::us == Approx(12 + 2 * (2 + 20) / 3.0 + 20));
  }

  TEST_CASE("limits and directions: between its roofline and the sum of its parts") {
    Problem p = problem(10, 1.0);
    double before = std::numeric_limits<double>::infinity();
    for (const double exponent : {1.0, 1.5, 2.0, 4.0, 100.0}) {
      p.fabric.kernels[0].fused->exponent = exponent;
      const Prediction found = predict(p, asked(p, kFused));
      CHECK(found.bound / unit::us == Approx(12 + 20));
      CHECK(found.layer >= found.bound);
      CHECK(found.layer / unit::us < before);
      before = found.layer / unit::us;
    }
    CHECK(before == Approx(32).epsilon(0.01));
    p.space.timing = Timing::kSteadyState;
    CHECK(layer(p) / unit::us == Approx(32));
    CHECK(layer(problem(11, 2.0)) > layer(problem(10, 2.0)));
  }

  TEST_CASE("what it is made of sums up, and the longest part names the bound") {
    const Prediction found = predict(problem(10, 2.0), asked(problem(10, 2.0), kFused));
    Seconds sum;
    for (const Seconds term : found.exposed.of) sum = sum + term;
    CHECK(sum / unit::us == Approx(found.layer / unit::us));
    CHECK(found.exposed.at(Term::kLaunch) / unit::us == Approx(12));
    CHECK(largest_term(found.exposed) == Term::kCompute);
    CHECK(found.busy.total() == found.layer);
    CHECK(found.comm == Seconds(0.0));
    CHECK(
        thresholds(problem(10, 2.0), asked(problem(10, 2.0), kFused)).full_overlap_tokens.reason ==
        "one fused kernel dispatches, computes and combines");
  }

  TEST_CASE("it takes the weights that it lists, of experts that are known, and its own mode") {
    Problem p = problem(10, 2.0);
    p.fabric.kernels[0].limits.weight_types = {WeightType::kMxfp4, WeightType::kNvfp4};
    CHECK_FALSE(width_limit(p, {.ep_width = 4}));
    p.workload.model.shape.weights = WeightType::kFp8;
    CHECK(text_of(p, *width_limit(p, {.ep_width = 4})).message ==
          "MegaMoE takes experts in mxfp4, nvfp4, not in fp8");
    p.workload.model.shape.weights.reset();
    CHECK(width_limit(p, {.ep_width = 4})->kind == LimitKind::kKernelShape);
    p = problem(10, 2.0);
    p.space.overlaps = {Overlap::kNone, Overlap::kDbo};
    const SearchResult found = optimize(p, Solver::kBounds);
    CHECK_FALSE(found.optimum);
    REQUIRE(found.reasons.size() == 2);
    CHECK(text_of(p, found.reasons[0]).message ==
          "MegaMoE is one fused kernel, and search.overlap asks for none");
    p.space.overlaps = {Overlap::kFused, Overlap::kDbo};
    CHECK(optimize(p, Solver::kBounds).optimum->config.overlap == Overlap::kFused);
    // Others are not fused.
    const LinkPhase link{.latency = ByWidth<Seconds>::constant(us(1)),
                         .bandwidth = Bandwidth::constant(unit::GBps)};
    p.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
    p.space.overlaps = {Overlap::kFused};
    CHECK(text_of(p, optimize(p, Solver::kBounds).reasons.at(0)).message ==
          "LL does not run with overlap fused here");
  }

  TEST_CASE("its buffer, for tokens rounded up to 384") {
    // GiB of DeepGEMM 54e2261 by arithmetic on its layout: DeepSeek-V4-Pro, V3 and V4-Flash.
    struct Row {
      int hidden, size, top_k, experts, ep_width, tokens;
      double gibibytes;
    };
    constexpr std::array<Row, 9> kRows = {{{7168, 3072, 6, 384, 8, 512, 0.86},
                                           {7168, 3072, 6, 384, 8, 8192, 6.80},
                                           {7168, 3072, 6, 384, 32, 2048, 6.60},
                                           {7168, 3072, 6, 384, 32, 8192, 11.99},
                                           {7168, 2048, 8, 256, 8, 1024, 1.24},
                                           {7168, 2048, 8, 256, 32, 4096, 14.41},
                                           {7168, 2048, 8, 256, 32, 16384, 12.01},
                                           {4096, 2048, 6, 256, 8, 2048, 1.17},
                                           {4096, 2048, 6, 256, 32, 1024, 1.98}}};
    for (const Row& row : kRows) {
      CAPTURE(row.tokens);
      Problem p = problem(row.tokens, 2.0);
      Model& model = p.workload.model;
      model.hidden_size = row.hidden;
      model.top_k = row.top_k;
      model.experts = row.experts;
      model.shape.expert_size = row.size;
      p.fabric.kernels[0].buffer = BufferRule::kMegaMoe;
      Config config = kFused;
      config.ep_width = row.ep_width;
      const Bytes buffer = kernel_buffers(p, asked(p, config));
      CHECK(buffer.base() / (1 << 30) == Approx(row.gibibytes).epsilon(0.006));
    }
    Problem p = problem(10, 2.0);
    p.fabric.kernels[0].buffer = BufferRule::kMegaMoe;
    CHECK(dispatch_capacity(p, asked(p, kFused)) == 384);
    p.workload.serving.dispatch_capacity = 400;
    CHECK(dispatch_capacity(p, asked(p, kFused)) == 768);
    p.workload.serving.dispatch_capacity = 8;
    const std::string refused = text_of(p, *schedule_limit(p, asked(p, kFused))).message;
    CHECK(refused.starts_with("MegaMoE's buffers are made for 8"));
  }
}

}  // namespace
}  // namespace wideep::fused_test
