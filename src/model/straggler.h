#pragma once

#include <memory>
#include <string>
#include <variant>

#include "model/by_width.h"
#include "model/placement.h"

namespace wideep {

/// How unevenly experts are chosen.
struct Skew {
  enum class Kind {
    kUniform,    ///< every expert alike
    kDirichlet,  ///< shares drawn anew in every layer; strength alpha > 0, small is uneven
    kZipf,       ///< i-th most popular expert ~ i^-s, in a random order; strength s >= 0
  };
  Kind kind = Kind::kUniform;
  double strength = 0.0;  ///< alpha or s; no meaning for kUniform
};

/// Loads that were counted, and where the experts lie.
struct CountedLoad {
  std::shared_ptr<const ExpertCounts> counts;  ///< never null
  Placement placement = Placement::kContiguous;
};

/// Loads that follow from how unevenly experts are chosen; needs their number to be known.
struct SkewedLoad {
  Skew skew;
  Placement placement = Placement::kContiguous;
};

/// What gamma, the busiest rank's load over the mean, comes from: a number, at least 1, or a table
/// by EP width; or loads, which give it for any width and batch. docs/model.md#straggler
struct Straggler {
  std::variant<ByWidth<double>, CountedLoad, SkewedLoad> source = ByWidth<double>::constant(1.0);
  std::string origin = {};  ///< in words where it is computed; empty where a number was stated
};

/// What a straggler factor depends on beside the skew.
struct SkewCase {
  int experts = 1;      ///< E, up to 65536
  int slots = 1;        ///< expert slots, >= E and divisible by ep_width
  int top_k = 1;        ///< k, 1 to E
  int ep_width = 1;     ///< P, up to 16384
  double routed = 1.0;  ///< mu: mean routed tokens a rank and step, > 0
  Placement placement = Placement::kContiguous;
};

/// E[load of the busiest rank] / mean load of a rank in one step, with its sampling noise.
///
///   N ranks of P in use, with n experts each; f Y the load of one:
///   f     = (E - k) / (E - 1)                  spread of k choices without replacement
///   Y     ~ negative binomial, mean mu P / (N f), shape alpha n (Poisson for uniform experts)
///   gamma = (f / mu) sum_m (1 - F_Y(m)^N)      expectation of the largest of N
///
/// for uniform and Dirichlet experts, contiguously placed. It is exact for Dirichlet shares as mu
/// grows: they are gamma variates over their sum, of which they are independent. The N loads are
/// taken as independent; so their total varies, which it does not, but that leaves the mean of the
/// largest as it is, where f and the shape are those before the total is fixed: without the factor
/// 1 - 1/P that the variance of one rank has.
///
/// Zipf and balanced placement draw shares and placements, and each rank's load with variance f
/// times its mean. The seed is fixed, so equal arguments give equal results. The error of drawing
/// is about 1 % (3 % of balanced Dirichlet below alpha 0.01), that of the formula 0.3 %.
///
/// A token visits an expert once, hence gamma <= P min(1, n / k), which is kept. Shares above 1 / k
/// of one expert, which a router cannot produce, are not cut. Less than one token in the whole
/// group (mu < k / P) counts as one.
/// Source: order statistics; values tested against drawn tokens, docs/model.md#straggler.
double straggler_factor(const Skew& skew, const SkewCase& group);

/// How many balanced placements straggler_factor makes for one width.
int balanced_placements(const Skew& skew, int experts);

}  // namespace wideep
