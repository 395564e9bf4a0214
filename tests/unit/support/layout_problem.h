#pragma once

#include <memory>

#include "input/read_problem.h"
#include "model/figures.h"
#include "support/draw.h"
#include "support/preset_problem.h"

namespace wideep {

/// Curves of 2, 4 and 8 ranks through three points that rise.
inline std::vector<RankCurve> drawn_curves(Draw& draw) {
  std::vector<RankCurve> curves;
  for (const int ranks : {2, 4, 8}) {
    Seconds time = draw.uniform(2.0, 20.0) * unit::us;
    CollectiveCurve curve;
    for (const double bytes : {2e3, 1e6, 1e8}) {
      curve.points.push_back({Bytes(bytes), time});
      time = time + draw.uniform(1.0, 100.0) * unit::us;
    }
    curves.push_back({ranks, curve});
  }
  return curves;
}

/// An all-reduce alone, or all three.
inline Kernel drawn_collectives(Draw& draw, const std::string& name, bool all) {
  Collectives drawn;
  for (const CollectiveOp op : kCollectiveOps) {
    if (all || op == CollectiveOp::kAllReduce) drawn.of(op) = drawn_curves(draw);
  }
  Kernel kernel;
  kernel.name = name;
  kernel.collectives = std::make_shared<const Collectives>(drawn);
  return kernel;
}

/// DeepSeek-V3 at decode on H100 with two kernels of collectives, "AR" and "NCCL", and every layout
/// of up to 8 ranks; of so many tokens for each GPU.
inline Problem layout_problem(Draw& draw, int tokens) {
  Problem problem = deepseek_on("h100-ib400", {"tokens_per_rank=" + std::to_string(tokens)});
  problem.fabric.gpu->memory.reset();
  problem.fabric.kernels.push_back(drawn_collectives(draw, "AR", false));
  problem.fabric.kernels.push_back(drawn_collectives(draw, "NCCL", true));
  problem.space.attentions = {{}, {.ranks = 2}, {.ranks = 4}, {.ranks = 8}, {8, 8}, {4, 2}};
  problem.space.experts = {{}, {.experts = Experts::kTep}, {.experts = Experts::kTp}};
  problem.space.experts.push_back({.experts = Experts::kTp, .ranks = 2});
  problem.space.overlaps = {Overlap::kNone, Overlap::kChunk, Overlap::kDbo};
  problem.space.ep_widths = {2, 4, 8, 16};
  problem.space.max_chunks = 4;
  problem.space.half_split = true;
  problem.space.runs.clear();
  problem.space.objective = kTimePerToken;
  return problem;
}

}  // namespace wideep
