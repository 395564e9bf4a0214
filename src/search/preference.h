#pragma once

#include <cmath>
#include <tuple>

#include "model/config.h"
#include "units/quantity.h"

namespace wideep {

/// A configuration of known time, as the search compares them.
struct Candidate {
  Config config;
  Seconds time;
};

/// Whether `a` is to be preferred among configurations that count as equally fast: fewest GPUs,
/// then no overlap, then fewest chunks, then the split nearest to one half, then the fastest, then
/// fewest SMs, then the kernel listed first.
inline bool preferred(const Candidate& a, const Candidate& b) {
  const auto rank = [](const Candidate& c) {
    const bool dbo = c.config.overlap == Overlap::kDbo;
    // Twice the tokens off centre is a whole number, so that mirrored splits are equal here.
    const double off_centre = dbo ? std::abs(2.0 * c.config.first_tokens - c.config.tokens) : 0.0;
    return std::tuple(c.config.ep_width,
                      c.config.overlap != Overlap::kNone,
                      c.config.chunks,
                      off_centre,
                      c.time.base(),
                      c.config.sms,
                      c.config.kernel,
                      c.config.first_tokens);
  };
  return rank(a) < rank(b);
}

}  // namespace wideep
