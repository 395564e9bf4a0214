#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/config_report.h"
#include "report/cost_terms.h"
#include "report/limit_text.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What is to be compared: a configuration of a problem, or what is best there.
struct Choice {
  std::string argument;          ///< as the command line has it
  Problem problem;               ///< with what engines run of it
  std::optional<Config> config;  ///< unset: the fastest that an engine runs, else the optimum
};

/// A choice and what it costs.
struct Compared {
  std::string argument;
  bool is_best = false;                ///< it was searched for
  Problem problem;                     ///< its layout in force
  std::optional<ConfigReport> report;  ///< unset: it cannot be priced, or nothing is feasible
  std::vector<LimitText> limits;       ///< that it breaks; empty: feasible

  [[nodiscard]] bool is_feasible() const { return limits.empty(); }
};

/// By which figure the compared are ranked: the first that every feasible one has.
enum class Measure {
  kTpot,       ///< all have one
  kTtft,       ///< all are of prefill with a context
  kStep,       ///< all are of the same phase
  kThroughput  ///< tokens per second and GPU: nothing else is common to both phases
};

/// A term of each of the compared.
struct ComparedTerm {
  CostTerm term = CostTerm::kAttention;
  std::vector<std::optional<Seconds>> values;  ///< unset: it has no such term
  std::vector<bool> largest;  ///< makes most of the difference to the first, of the same phase
};

/// What `compare` says: text and JSON are printed from it.
struct CompareReport {
  std::vector<Compared> compared;
  std::vector<ComparedTerm> terms;  ///< every CostTerm, in that order
  Measure measure = Measure::kTpot;
  std::optional<std::size_t> fastest;       ///< by the measure; unset: none is feasible
  std::optional<std::size_t> most_per_gpu;  ///< most tokens per second and GPU, of the feasible
};

/// What a choice costs, or why it cannot be.
Compared compared(Choice choice);

/// Two or more of them.
CompareReport report_on(std::vector<Compared> all);

/// The time that a measure is of; unset under kThroughput. `one` must have a report.
std::optional<Seconds> measured(const Compared& one, Measure measure);

/// By how much more `one` takes than `other`, as a share; of throughput, how much more the other
/// serves. Both must have reports.
double excess(const Compared& one, const Compared& other, Measure measure);

/// "A", "B" ...: up to kMostCompared.
std::string letter_of(std::size_t at);
inline constexpr std::size_t kMostCompared = 26;

/// Who is fastest, by how much and by which term most, then a table: a column for each, further
/// blocks of columns beside the first where they are more than fit.
Text compare_text(const CompareReport& report, const Display& display);

/// docs/json.md#compare
Json compare_json(const CompareReport& report);

}  // namespace wideep
