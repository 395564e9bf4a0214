#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/thresholds.h"
#include "report/batch_report.h"
#include "report/config_report.h"
#include "report/limit_text.h"
#include "report/result_json.h"
#include "report/sensitivity_report.h"
#include "report/text.h"
#include "search/layout_thresholds.h"
#include "search/optimize.h"

namespace wideep {

/// The widths at which a kernel was searched in a layout of experts.
struct SearchedKernel {
  std::size_t kernel = 0;      ///< index into Fabric::kernels
  std::vector<int> ep_widths;  ///< GPUs of a group where tokens are copied
  Experts experts = Experts::kEp;
};

/// A choice that was left out.
struct LeftOut {
  int ep_width = 1;
  std::size_t kernel = 0;
  std::optional<Overlap> overlap;  ///< unset: every mode
  LimitText limit;
  Experts experts = Experts::kEp;
};

/// The largest batch that meets slo.tpot.
struct TpotReport {
  int tokens = 0;                    ///< per rank, or of the group as the workload has it; 0: none
  std::optional<ConfigReport> best;  ///< of that batch, or of the smallest where none meets it
};

/// What `optimize` says: text and JSON are printed from it.
struct OptimizeReport {
  std::optional<ConfigReport> optimum;   ///< unset: nothing is feasible
  std::optional<ConfigReport> best_run;  ///< the fastest that an engine runs; unset: none does
  std::optional<ConfigReport> recommended;
  std::string recommended_for;  ///< what it has that the answer has not; empty: the same
  std::optional<ConfigReport> runner_up;
  std::string_view runner_up_reason;  ///< why there is none
  std::vector<ConfigReport> within_tolerance;
  std::size_t more_within_tolerance = 0;         ///< that are not listed
  Thresholds thresholds;                         ///< the answer's
  std::optional<LayoutThresholds> layouts = {};  ///< unset: fewer than two are searched
  std::optional<BatchReport> batch = {};         ///< unset: it is stated
  std::string_view objective = kLayerTime.name;  ///< what is minimised
  Certificate certificate;
  std::vector<SearchedKernel> searched;
  std::vector<SearchedKernel> beyond_latencies;  ///< that nobody asked for and were left out
  std::vector<LeftOut> left_out;                 ///< what was asked for, and what does not fit
  std::vector<LimitText> reasons;                ///< why nothing is feasible, each once
  std::optional<ConfigReport> fastest;           ///< where only slo.tpot stands in the way
  std::optional<TpotReport> within_tpot;         ///< likewise
  SensitivityReport sensitivity = {};            ///< how sure the answer is

  /// What to use: the fastest that an engine runs, else the optimum. There must be one.
  [[nodiscard]] const ConfigReport& answer() const { return best_run ? *best_run : *optimum; }

  /// By how much one costs more than the other under the objective, as a share.
  [[nodiscard]] double excess(const Prediction& worse, const Prediction& better) const;

  /// Whether an engine runs what is as good as the optimum, or none runs anything.
  [[nodiscard]] bool answers_with_optimum() const {
    return answer().prediction.config == optimum->prediction.config;
  }
};

/// Why nothing is feasible, each reason once.
std::vector<LimitText> reasons_of(const Problem& problem, const SearchResult& result);

OptimizeReport report_on(const Problem& problem, const SearchResult& result);

/// What `optimize` prints for people.
///
///   Use EP 64, LL, dbo with 64 + 64 tokens per rank.
///   A layer takes 99.6 us, a step of 58 layers 5.777 ms: 22,157 tokens/s per GPU.
///   Overlap saves 11.9% of 113 us; no schedule can take less than 62.1 us.
///
/// then what else is as good, where the time goes, the thresholds, what binds, and the proof. Where
/// nothing is feasible: the limits that stand in the way, and the nearest answer.
Text optimize_text(const Problem& problem, const OptimizeReport& report, Detail detail);

/// What `optimize --json` prints (docs/json.md).
Json optimize_json(const Problem& problem, const OptimizeReport& report);

}  // namespace wideep
