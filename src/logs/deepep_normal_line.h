#pragma once

#include <optional>
#include <string_view>

#include "fit/samples.h"

namespace wideep {

/// A "Best ..." line of DeepEP's normal tests.
struct BestLine {
  Direction direction = Direction::kDispatch;
  bool fp8 = false;
  int sms = 0;
  bool internode = false;
  double scale_out = 0.0;        ///< GB/s, as the tests count; 0 within a node
  double scale_up = 0.0;         ///< GB/s
  std::optional<double> kernel;  ///< us
  double notify = 0.0;           ///< us
};

/// Reads from behind "Best "; nothing where not all of its numbers are there.
std::optional<BestLine> parse_best(std::string_view text);

}  // namespace wideep
