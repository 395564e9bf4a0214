// Layouts of attention and experts over the ranks of a group.
#include <cmath>
#include <memory>

#include <doctest/doctest.h>

#include "model/figures.h"
#include "model/layer_costs.h"
#include "model/layout_limits.h"
#include "model/layout_shape.h"
#include "model/limits.h"
#include "model/memory.h"
#include "model/placed.h"
#include "model/prediction.h"
#include "simulate/simulate.h"
#include "simulate/tasks.h"
#include "support/layout_problem.h"
#include "support/optimized.h"
#include "support/round_gpu.h"

namespace wideep::layout_test {
namespace {

using doctest::Approx;

/// A line of 1 us and 1 GB/s, with points at 1 kB and 1 GB.
CollectiveCurve line(double latency_us) {
  const auto at = [&](double bytes) {
    return CollectivePoint{Bytes(bytes), latency_us * unit::us + Bytes(bytes) / unit::GBps};
  };
  return {{at(1e3), at(1e9)}};
}

/// Eight heads of 16 over 1,000 hidden elements, 16 experts of 64 of which 2 are chosen, all in
/// fp8, on GPUs of round numbers; `cut` times smaller in what tensor parallelism cuts.
Problem small(int cut) {
  Problem p;
  Model& model = p.workload.model;
  model.hidden_size = 1'000;
  model.top_k = 2;
  model.experts = 16;
  ModelShape& shape = model.shape;
  shape.hidden_size = 1'000;
  shape.top_k = 2;
  shape.experts = 16;
  shape.moe_layers = 1;
  shape.dense_layers = 1;
  shape.dense_size = 1'600 / cut;
  shape.vocabulary = 8'000 / cut;
  shape.expert_size = 64;
  shape.shared_size = 80 / cut;
  shape.weights = WeightType::kFp8;
  shape.dense_weights = WeightType::kFp8;
  shape.kv_element = Bytes(1.0);
  shape.gqa = GqaShape{.heads = 8 / cut, .kv_heads = 8 / cut, .head_dim = 16};
  p.workload.traffic.tokens = TokensPerRank{5, ExpertLoad::kPerRank, true};
  p.workload.traffic.context = 100;
  p.fabric.gpu = round_gpu();
  p.fabric.gpus_per_domain = 8;
  Collectives collectives;
  collectives.of(CollectiveOp::kAllReduce) = {{8, line(4.0)}};
  Kernel kernel;
  kernel.name = "AR";
  kernel.collectives = std::make_shared<const Collectives>(collectives);
  p.fabric.kernels = {kernel};
  p.workload.figures = figures_of(p.workload, p.fabric);
  return p;
}

constexpr Config kTp8{.tokens = 40,
                      .schedule = Schedule::kInOrder,
                      .attention = {.ranks = 8},
                      .experts = Experts::kTp,
                      .expert_ranks = 8};
constexpr Config kTep8{.ep_width = 8,
                       .tokens = 40,
                       .schedule = Schedule::kInOrder,
                       .attention = {.ranks = 8},
                       .experts = Experts::kTep};

TEST_SUITE("model/layout") {
  TEST_CASE("names are read as they are written, and nothing else") {
    const std::vector<Attention> all = {{}, {2, 1}, {8, 1}, {8, 8}, {8, 2}, {64, 1}};
    for (const Attention& one : all) CHECK(attention_named(name_of(one)) == one);
    CHECK(name_of(Attention{8, 2}) == "tp8dcp2");
    CHECK(name_of(Attention{8, 8}) == "dcp8");
    CHECK(attention_named("tp1") == Attention{});
    for (const char* wrong :
         {"", "tp", "tp0", "tp08", "tp65", "tp8x", "dcp", "tp8dcp3", "8", "DP"}) {
      CAPTURE(wrong);
      CHECK_FALSE(attention_named(wrong));
    }
    CHECK(experts_named("ep") == ExpertLayout{});
    CHECK(experts_named("tp4") == ExpertLayout{Experts::kTp, 4});
    CHECK_FALSE(experts_named("tep4"));
    CHECK(ranks_of_cut({Experts::kTp, 0}, 8) == 8);
    CHECK(ranks_of_cut({Experts::kTp, 2}, 8) == 2);
    CHECK_FALSE(ranks_of_cut({Experts::kTp, 3}, 8));
    CHECK(ranks_of_cut({Experts::kTep, 0}, 8) == 1);
  }

  TEST_CASE("tokens: of a group t times those of a GPU, of a global batch rounded up") {
    Problem p = small(1);
    CHECK(tokens_per_group(p.workload, kTp8) == 40);
    CHECK(kTp8.tokens_per_gpu() == 5.0);
    CHECK(kTp8.gpus() == 8);
    CHECK(routed_per_token(p.workload, kTp8) == 2.0);  // all experts' rows, an eighth of each
    CHECK(routed_per_token(p.workload, kTep8) == 2.0 / 8.0);  // whole, of an eighth of them
    p.workload.traffic.tokens = GlobalTokens{9};
    CHECK(tokens_per_group(p.workload, kTp8) == 9);
    CHECK(tokens_per_group(p.workload, {.ep_width = 8, .attention = {.ranks = 2}}) == 3);
    p.workload.traffic.tokens = TokensPerRank{3, ExpertLoad::kPerRank, true, 8};
    CHECK(tokens_per_group(p.workload, kTp8) == 3);
    CHECK(tokens_per_group(p.workload, {.ep_width = 8}) == 1);
  }

  TEST_CASE("a rank of eight has what a model of an eighth has, but for its experts") {
    const Problem whole = small(1);
    const Problem eighth = small(8);
    const Problem cut = placed(whole, kTp8);
    const Figures& a = cut.workload.figures;
    const Figures& b = eighth.workload.figures;
    CHECK(a.dense.sum() == b.dense.sum());
    CHECK(a.outside.dense_layer.sum() == b.outside.dense_layer.sum());
    CHECK(a.outside.head == b.outside.head);
    CHECK(a.footprint->sequence->base() == Approx(b.footprint->sequence->base()));
    CHECK(a.footprint->embeddings.base() == Approx(b.footprint->embeddings.base()));
    CHECK(a.footprint->slot == whole.workload.figures.footprint->slot);
    CHECK(a.expert.weight_read == whole.workload.figures.expert.weight_read);
  }

  TEST_CASE("by hand: experts cut eight ways, of 40 tokens that all ranks have") {
    const Problem p = placed(small(1), kTp8);
    const LayerCosts costs = layer_costs(p, kTp8);
    // Two all-reduces of 40 x 1,000 x 2 B at 1 GB/s after 4 us.
    CHECK(costs.dispatch.time(40) / unit::us == Approx(84.0));
    CHECK(costs.combine.time(40) / unit::us == Approx(84.0));
    // An expert has 3 x 1,000 x 64 B, of which a rank reads an eighth at 500 GB/s; ten tokens of
    // padding and each row take 2 x 24,000 FLOP at 50 TFLOP/s. Of 16 experts 40 tokens leave
    // 16 x (14/16)^40 idle.
    const double active = 16.0 * (1.0 - std::pow(14.0 / 16.0, 40.0));
    CHECK(costs.expert.active(40) == Approx(active));
    const double read = 24'000.0 / 500e9;
    const double row = 48'000.0 / 50e12;
    CHECK(costs.expert.weight_read / unit::s == Approx(read));
    CHECK(costs.expert.fixed / unit::s == Approx(10.0 * row));
    CHECK(costs.expert.per_token / unit::s == Approx(2.0 * row));
    const double expert = 7e-6 + std::max(active * read, active * 10.0 * row + 40.0 * 2.0 * row);
    CHECK(costs.expert.time(40) / unit::s == Approx(expert));
    const Prediction found = predict(p, kTp8);
    const double dense = p.workload.figures.dense.time(40) / unit::s;
    CHECK(found.layer / unit::s == Approx(dense + 168e-6 + expert));
    CHECK(found.bound == found.layer);
    CHECK(found.tokens == 5.0);
    CHECK(found.straggler_factor == 1.0);
    // The dense layer is reduced twice, and the logits of 8,000 words gathered if anybody can.
    const StepWork& outside = p.workload.figures.outside;
    CHECK(found.step.dense_layers / unit::s ==
          Approx(outside.dense_layer.time(40) / unit::s + 168e-6));
    CHECK(found.step.tokens_per_gpu_per_second == Approx(5.0 / (found.step.total / unit::s)));
  }

  TEST_CASE("experts spread and experts cut do the same work where loads are even") {
    const Problem p = placed(small(1), kTep8);
    const LayerCosts spread = layer_costs(p, kTep8);
    const LayerCosts cut = layer_costs(p, kTp8);
    CHECK(spread.expert.active(40) == Approx(cut.expert.active(40) / 8.0));
    for (const double tokens : {1.0, 40.0, 4'000.0}) {
      CHECK(spread.expert.time(tokens).base() == Approx(cut.expert.time(tokens).base()));
    }
    // Of uneven ones the busiest rank has more, and a part of every expert has not.
    Problem uneven = p;
    uneven.workload.traffic.straggler.source = ByWidth<double>::constant(1.5);
    CHECK(layer_costs(uneven, kTep8).expert.per_token.base() ==
          Approx(1.5 * spread.expert.per_token.base()));
    CHECK(layer_costs(uneven, kTp8).expert.per_token == cut.expert.per_token);
    const MemoryUse of_spread = [&] {
      Problem with = p;
      with.fabric.gpu->memory = Bytes(1e12);
      return *memory_use(with, kTep8);
    }();
    CHECK(of_spread.expert_weights == 2.0 * p.workload.figures.footprint->slot);
  }

  TEST_CASE("heads of keys and values are cut as far as there are any, then copied") {
    ModelShape shape;
    shape.gqa = GqaShape{.heads = 64, .kv_heads = 4, .head_dim = 128};
    const auto kv = [&](Attention attention) { return part_of(shape, attention).gqa->kv_heads; };
    CHECK(kv({2, 1}) == 2);
    CHECK(kv({4, 1}) == 1);
    CHECK(kv({8, 1}) == 1);
    CHECK(kv({8, 2}) == 1);
    CHECK(can_lay(shape, {8, 2}));
    CHECK_FALSE(can_lay(shape, {8, 4}));
    CHECK_FALSE(can_lay(shape, {3, 1}));
    CHECK(part_of(shape, {}).gqa->heads == 64);
  }

  TEST_CASE("a cache cut along the sequence is read and kept in parts, and costs its exchange") {
    Draw draw(20'261'128);
    const Problem p = layout_problem(draw, 64);
    const std::size_t nccl = kernel_of(p, "NCCL");
    const Config tp{.ep_width = 8,
                    .kernel = nccl,
                    .tokens = 512,
                    .attention = {8, 1},
                    .experts = Experts::kTep};
    Config dcp = tp;
    dcp.attention.cache_ranks = 8;
    const Problem whole = placed(p, tp);
    const Problem parts = placed(p, dcp);
    CHECK(parts.workload.figures.footprint->sequence->base() ==
          Approx(whole.workload.figures.footprint->sequence->base() / 8.0));
    const Figures& before = whole.workload.figures;
    const Figures& after = parts.workload.figures;
    CHECK(after.dense.core.per_token < before.dense.core.per_token);
    CHECK(after.dense.prep.weight_read == before.dense.prep.weight_read);
    // 128 heads of 576 elements are gathered and of 512 scattered, in bf16.
    const Collectives& curves = *p.fabric.kernels[nccl].collectives;
    const Seconds exchange =
        curves.find(CollectiveOp::kAllGather, 8)->at(512.0 * 128 * 576 * Bytes(2.0)) +
        curves.find(CollectiveOp::kReduceScatter, 8)->at(512.0 * 128 * 512 * Bytes(2.0));
    const Seconds added = layer_costs(parts, dcp).dense.time(512) - after.dense.time(512);
    CHECK(added.base() == Approx(exchange.base()));
  }

  TEST_CASE("what cannot be laid out so is refused, with what is allowed") {
    Draw draw(20'261'129);
    Problem p = layout_problem(draw, 8);
    const std::size_t ar = kernel_of(p, "AR");
    const auto kind = [&](const Config& config) {
      const auto limit = layout_limit(p, config);
      return limit ? std::optional(limit->kind) : std::nullopt;
    };
    const Config tep{.ep_width = 8, .kernel = ar, .attention = {8, 1}, .experts = Experts::kTep};
    CHECK_FALSE(kind(tep));
    CHECK(kind({.ep_width = 8, .attention = {3, 1}}) == LimitKind::kAttentionHeads);
    CHECK(kind({.ep_width = 16, .attention = {16, 1}}) == LimitKind::kAttentionDomain);
    CHECK(kind({.ep_width = 8, .kernel = ar}) == LimitKind::kLayoutKernel);
    CHECK(kind({.ep_width = 8, .experts = Experts::kTep}) == LimitKind::kLayoutKernel);
    Config wide = tep;
    wide.ep_width = 16;  // all-gathers of 16 ranks are not known
    CHECK(kind(wide) == LimitKind::kCollectives);
    Config cut{.kernel = ar, .attention = {8, 1}, .experts = Experts::kTp, .expert_ranks = 3};
    CHECK(kind(cut) == LimitKind::kExpertSize);
    CHECK(std::get<double>(layout_limit(p, cut)->allowed) == 2.0);
    p.workload.stated.dense = DenseWork{};
    CHECK(kind(tep) == LimitKind::kLayoutUnknown);
  }

  TEST_CASE("neutral: one rank in a group is no layout, whatever the problem") {
    Draw draw(20'261'130);
    for (int at = 0; at < 100; ++at) {
      CAPTURE(at);
      Problem p = layout_problem(draw, draw.whole(1, 512));
      const Figures again = figures_of(p.workload, p.fabric, {.ep_width = 8, .attention = {}});
      CHECK(again.dense.sum() == p.workload.figures.dense.sum());
      CHECK(again.outside.head == p.workload.figures.outside.head);
      CHECK(again.footprint->replicated == p.workload.figures.footprint->replicated);
      Config config{.ep_width = 8, .overlap = Overlap::kNone};
      config = asked(p, config);
      const Seconds before = predict(p, config).layer;
      p.fabric.kernels.resize(kernel_of(p, "AR"));  // collectives of no use to it
      CHECK(predict(p, config).layer == before);
    }
  }

  TEST_CASE("the formula equals the replay in every layout, on 2,000 random ones") {
    Draw draw(20'261'131);
    int replayed = 0;
    constexpr int kDraws = kOptimized ? 2'000 : 200;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      Problem p = layout_problem(draw, draw.whole(2, 256));
      p.workload.model.moe_layers = 3;  // over which the ramp of dbo is spread
      const auto& attentions = p.space.attentions;
      const auto pick = [&](std::size_t count) {
        return static_cast<std::size_t>(draw.whole(0, static_cast<int>(count) - 1));
      };
      const ExpertLayout layout = p.space.experts[pick(p.space.experts.size())];
      const int cut = ranks_of_cut(layout, 8).value();
      Config config{
          .ep_width = 8 / cut,
          .kernel = layout.experts == Experts::kEp ? std::size_t{0} : kernel_of(p, "NCCL"),
          .schedule = Schedule::kInOrder,
          .attention = attentions[pick(attentions.size())],
          .experts = layout.experts,
          .expert_ranks = cut};
      if (layout.experts == Experts::kEp && draw.whole(0, 1) == 1) {
        config.overlap = Overlap::kDbo;
        config.schedule = Schedule::kVllmLl;
      }
      config = asked(p, config);
      if (config.overlap == Overlap::kDbo) config.first_tokens = 0.5 * config.tokens;
      if (width_limit(p, config)) continue;
      const Problem here = placed(p, config);
      const Seconds layer = predict(here, config).layer;
      const Seconds time = makespan(simulate(tasks_of(here, config, 3).tasks));
      CAPTURE(name_of(config.attention));
      CAPTURE(name_of(config.experts));
      CHECK(time.base() == Approx(3.0 * layer.base()).epsilon(1e-9));
      ++replayed;
    }
    CHECK(replayed > 3 * kDraws / 4);
  }
}

}  // namespace
}  // namespace wideep::layout_test
