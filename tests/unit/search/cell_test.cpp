#include "search/cell.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "model/kernel_buffers.h"
#include "model/memory.h"
#include "report/limit_text.h"

namespace wideep::cell_test {
namespace {

using doctest::Approx;

/// 100 tokens, up to 8 chunks: per token 1 us out, 2 us back and 4 us of experts, after 10 us out
/// and 20 us back.
Cell cell_of(Overlap overlap) {
  Cell cell{.ep_width = 8,
            .overlap = overlap,
            .tokens = 100,
            .costs = {.dispatch = {10.0 * unit::us, 1.0 * unit::us},
                      .combine = {20.0 * unit::us, 2.0 * unit::us},
                      .expert = {.per_token = 4.0 * unit::us}}};
  cell.min_chunks = overlap == Overlap::kChunk ? 2 : 1;
  cell.max_chunks = overlap == Overlap::kNone ? 1 : 8;
  return cell;
}

/// Two kernels, the second with a choice of SMs, at EP 4 and 8.
Problem problem(int tokens) {
  Problem p;
  p.workload.model.hidden_size = 7168;
  p.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(unit::us);
  link.bandwidth = Bandwidth::constant(unit::GBps);
  p.fabric.gpus_per_domain = 8;
  p.fabric.kernels = {
      {.name = "A", .dispatch = link, .combine = link, .limits = {}},
      {.name = "B", .dispatch = link, .combine = link, .limits = {}, .sms = {8, 16}}};
  p.space.ep_widths = {4, 8};
  p.space.kernels = {0, 1};
  return p;
}

TEST_SUITE("search/cell") {
  TEST_CASE("no time is below the bound of its cell, which each mode has its own of") {
    const auto bound = [](const Cell& cell) { return lower_bound(cell) / unit::us; };
    CHECK(bound(cell_of(Overlap::kNone)) == Approx(30.0 + 300.0 + 400.0));
    // Chunks and micro-batches pay both latencies twice: 60 + 300, below 400 of experts.
    for (const Overlap overlap : {Overlap::kChunk, Overlap::kDbo}) {
      Cell cell = cell_of(overlap);
      CHECK(bound(cell) == Approx(400.0));
      cell.costs.slowdown = 1.1;
      CHECK(bound(cell) == Approx(440.0));
      cell.costs.expert.per_token = 1.0 * unit::us;
      CHECK(bound(cell) == Approx(360.0));
      // Attention comes before the chunks, and beside the transfers of dbo.
      cell.costs.dense.core.fixed = 300.0 * unit::us;
      CHECK(bound(cell) == Approx(overlap == Overlap::kChunk ? 660.0 : 440.0));
      cell.timing = Timing::kSteadyState;
      cell.min_chunks = 1;
      CHECK(bound(cell) == Approx(400.0));  // nothing is slowed
      cell.costs.dense.core.fixed = {};
      CHECK(bound(cell) == Approx(330.0));
    }
  }

  TEST_CASE("what is to be chosen in a cell") {
    CHECK(configurations_in(cell_of(Overlap::kNone)) == 1);
    CHECK(configurations_in(cell_of(Overlap::kChunk)) == 7);
    Cell dbo = cell_of(Overlap::kDbo);
    CHECK(has_split(dbo));
    CHECK(configurations_in(dbo) == 8 * 99);
    dbo.tokens = 7;
    CHECK(fixed_first_tokens(dbo) == 4.0);
    dbo.half_split = true;
    CHECK_FALSE(has_split(dbo));
    CHECK(configurations_in(dbo) == 8);
    dbo.half_split = false;
    dbo.timing = Timing::kSteadyState;
    CHECK_FALSE(has_split(dbo));
    CHECK(fixed_first_tokens(dbo) == 3.5);
    CHECK(fixed_first_tokens(cell_of(Overlap::kChunk)) == 0.0);
  }

  TEST_CASE("chunks enough for the kernel's limit") {
    Cell cell = cell_of(Overlap::kChunk);
    CHECK(chunks_within_limit(cell) == 2);
    for (const auto& [limit, chunks] : {std::pair(100, 2),
                                        std::pair(34, 3),
                                        std::pair(33, 4),
                                        std::pair(25, 4),
                                        std::pair(24, 5),
                                        std::pair(1, 100)}) {
      cell.max_transfer = limit;
      INFO("limit ", *cell.max_transfer);
      CHECK(chunks_within_limit(cell) == chunks);
    }
    cell.max_transfer = 20;
    CHECK_FALSE(transferable_time(cell, 4, 0.0));
    REQUIRE(transferable_time(cell, 5, 0.0));
    // 5 chunks of 20: d 30, b 60, e 80; 30 + 400 + 60 is the longest.
    CHECK(*transferable_time(cell, 5, 0.0) / unit::us == Approx(490.0));
    cell.longest = 489.0 * unit::us;
    CHECK(transferable_time(cell, 5, 0.0));
    CHECK_FALSE(feasible_time(cell, 5, 0.0));
    cell.longest = *transferable_time(cell, 5, 0.0);
    CHECK(feasible_time(cell, 5, 0.0));
    CHECK_FALSE(feasible_time(cell, 4, 0.0));
  }

  TEST_CASE("cells by width, kernel, mode and SMs") {
    Problem p = problem(100);
    p.space.overlaps = {Overlap::kNone, Overlap::kChunk};
    p.space.max_chunks = 5;
    std::vector<std::tuple<int, std::size_t, Overlap, int>> found;
    for (const Cell& cell : list_cells(p).cells) {
      found.emplace_back(cell.ep_width, cell.kernel, cell.overlap, cell.sms);
      CHECK(cell.tokens == 100);
      CHECK(cell.min_chunks == (cell.overlap == Overlap::kChunk ? 2 : 1));
      CHECK(cell.max_chunks == (cell.overlap == Overlap::kChunk ? 5 : 1));
    }
    std::vector<std::tuple<int, std::size_t, Overlap, int>> wanted;
    for (const int width : {4, 8}) {
      for (const Overlap overlap : p.space.overlaps) wanted.emplace_back(width, 0, overlap, 0);
      for (const Overlap overlap : p.space.overlaps) {
        for (const int sms : {8, 16}) wanted.emplace_back(width, 1, overlap, sms);
      }
    }
    CHECK(found == wanted);
    CHECK(list_cells(p).excluded.empty());
    p.space.max_chunks = 1'000;
    CHECK(list_cells(p).cells[1].max_chunks == 100);
    p.space.timing = Timing::kSteadyState;  // which has no chunks
    CHECK(list_cells(p).cells.size() == 6);
    CHECK(list_cells(p).excluded.empty());
  }

  TEST_CASE("a mode that a batch cannot be run in is left out, and why") {
    Problem p = problem(1);
    p.space.ep_widths = {4};
    p.space.kernels = {0};
    CellList list = list_cells(p);
    REQUIRE(list.excluded.size() == 2);
    CHECK(list.cells.size() == 1);
    CHECK(list.excluded[0].overlap == Overlap::kChunk);
    CHECK(list.excluded[0].limit.kind == LimitKind::kTooFewToChunk);
    CHECK(text_of(p, list.excluded[0].limit).message ==
          "chunk needs at least 2 tokens per rank and max_chunks of 2");
    CHECK(list.excluded[1].overlap == Overlap::kDbo);
    CHECK(list.excluded[1].limit.kind == LimitKind::kDboTokens);
    CHECK(text_of(p, list.excluded[1].limit).message ==
          "dbo needs at least 2 tokens per rank to split");
    p = problem(2);
    CHECK(list_cells(p).excluded.empty());
    // 10 tokens in a transfer and 4 chunks, which hold 25; so do the two of either half under dbo.
    p = problem(100);
    p.space.ep_widths = {4};
    p.space.kernels = {0};
    p.space.max_chunks = 4;
    p.fabric.kernels[0].limits.max_tokens_per_rank = 10;
    list = list_cells(p);
    CHECK(list.cells.empty());
    REQUIRE(list.excluded.size() == 3);
    const char* const most = "A takes at most 10 tokens per rank in one transfer, not ";
    CHECK(text_of(p, list.excluded[0].limit).message == std::string(most) + "100");
    CHECK(text_of(p, list.excluded[1].limit).message == std::string(most) + "25");
    CHECK(text_of(p, list.excluded[2].limit).message == std::string(most) + "25");
  }

  TEST_CASE(
      "SMs whose buffers DeepEP refuses are left out, and where all are, the first says why") {
    // At EP 144 the NVLink buffers of 44 SMs are taken and those of 46 refused.
    Problem p = problem(100);
    p.space.ep_widths = {144};
    p.space.kernels = {1};
    p.space.overlaps = {Overlap::kNone};
    p.fabric.kernels[1].buffer = BufferRule::kDeepEpHt;
    p.fabric.kernels[1].sms = {44, 46};
    CHECK(list_cells(p).cells.size() == 1);
    CHECK(list_cells(p).cells.front().sms == 44);
    CHECK(list_cells(p).excluded.empty());
    p.fabric.kernels[1].sms = {48, 96};
    const CellList list = list_cells(p);
    CHECK(list.cells.empty());
    REQUIRE(list.excluded.size() == 1);
    CHECK(list.excluded[0].limit.kind == LimitKind::kBuffer);
    CHECK(text_of(p, list.excluded[0].limit).message.find("on 48 SMs") != std::string::npos);
    CHECK_FALSE(list.excluded[0].overlap);
  }

  TEST_CASE("of kernels that do not fit at a width the first is enough") {
    const auto excluded = [](int width, std::size_t kernel, LimitKind kind) {
      return Excluded{
          width, kernel, std::nullopt, {.kind = kind, .config = {}, .asked = {}, .allowed = {}}};
    };
    const std::vector<Excluded> all = {excluded(4, 0, LimitKind::kMemory),
                                       excluded(4, 1, LimitKind::kMaxGpus),
                                       excluded(4, 2, LimitKind::kMemory),
                                       excluded(8, 0, LimitKind::kMaxGpus),
                                       excluded(8, 1, LimitKind::kMemory)};
    std::vector<bool> already;
    already.reserve(all.size());
    for (const Excluded& choice : all) already.push_back(too_large_already(all, choice));
    CHECK(already == std::vector<bool>{false, false, true, false, false});
  }
}

}  // namespace
}  // namespace wideep::cell_test
