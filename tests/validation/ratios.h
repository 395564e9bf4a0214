#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "published.h"

namespace wideep::validation {

/// Instances of both roles.
struct Split {
  int prefills = 0;
  int prefill_gpus = 0;  ///< of one
  int decodes = 0;
  int decode_gpus = 0;

  [[nodiscard]] double ratio() const {
    return 1.0 * prefills * prefill_gpus / (1.0 * decodes * decode_gpus);
  }
  [[nodiscard]] int gpus() const { return prefills * prefill_gpus + decodes * decode_gpus; }
  /// "5 x 8 : 1 x 32".
  [[nodiscard]] std::string name() const;
};

/// A published deployment in two roles, and the plan for the same requests.
struct RatioRow {
  std::string name;  ///< "DeepSeek-R1 fp4, gb200, trtllm, 8,192 to 1,024"
  int concurrency = 0;
  Split published;
  std::optional<Split> planned;  ///< unset: the model has no plan
  std::string why_not;
};

/// Disaggregated deployments of whole_deployments.csv that say their sizes and hide no speculation:
/// of each the row of the largest load under which its requests mostly decode. Planned for their
/// requests in flight and lengths, within their TPOT and the model's typical error.
const std::vector<RatioRow>& served_ratios();

/// Recipes that were published with their load alone (facts of InferenceX 843c625): planned at
/// their decode width and batch, without a limit.
const std::vector<RatioRow>& recipe_ratios();

/// Of deployments whose kernels and layouts the model has, on the same GPUs: the highest rate of
/// any plan over that of plans that keep to their sizes and layouts, the least of all.
struct Beaten {
  int asked = 0;
  int beaten = 0;  ///< by more than 1 %
  double least = 0.0;
};
Beaten beaten_deployments();

/// The page's section, and what breaks its tolerances.
std::string ratios_text();
std::vector<std::string> ratios_broken();

}  // namespace wideep::validation
