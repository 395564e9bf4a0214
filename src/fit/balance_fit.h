#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/estimate.h"
#include "fit/samples.h"

namespace wideep {

/// What one tool logged of gamma = max/mean at one EP width.
struct BalanceFit {
  BalanceTool tool = BalanceTool::kSglang;
  int ep_width = 0;              ///< 0: the log does not say
  std::optional<Estimate> mean;  ///< of gamma
  std::string reason;            ///< why there is none
  double p95 = 0.0;              ///< of single values; meaningful where there is a mean
  int values = 0;                ///< that were used
  int left_out = 0;              ///< below 1 or above the EP width, which no group can have
};

/// By tool and EP width. Steps that follow each other carry much the same requests, so the error of
/// the mean is that of the means of about sqrt(n) batches of neighbours (batch means; Law, Kelton,
/// Oper. Res. 32 (1984) 1221), not that of n independent values.
std::vector<BalanceFit> fit_balance(const Measurements& measurements);

}  // namespace wideep
