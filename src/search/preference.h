#pragma once

#include <cmath>
#include <tuple>

#include "model/config.h"
#include "model/objective.h"

namespace wideep {

/// A configuration of known cost, as the search compares them.
struct Candidate {
  Config config;
  Cost cost;
};

/// Whether `a` is to be preferred among configurations that count as equally good: fewest GPUs,
/// then fewest redundant experts, then no overlap or one fused kernel, then fewest chunks, then the
/// split nearest to one half, then the least cost, then fewest SMs, then the kernel listed first,
/// then the schedule first in Schedule.
inline bool preferred(const Candidate& a, const Candidate& b) {
  const auto rank = [](const Candidate& c) {
    const bool dbo = c.config.overlap == Overlap::kDbo;
    // Twice the tokens off centre is a whole number, so that mirrored splits are equal here.
    const double off_centre = dbo ? std::abs(2.0 * c.config.first_tokens - c.config.tokens) : 0.0;
    return std::tuple(c.config.gpus(),
                      c.config.redundant_experts,
                      !is_plain(c.config.overlap),
                      c.config.chunks,
                      off_centre,
                      c.cost,
                      c.config.sms,
                      c.config.kernel,
                      c.config.schedule,
                      c.config.first_tokens);
  };
  return rank(a) < rank(b);
}

}  // namespace wideep
