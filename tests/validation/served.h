#pragma once

#include <string>
#include <vector>

#include "outcome.h"

namespace wideep::validation {

/// A decode deployment as it was served: a row of ../shared/data/outcomes/whole_deployments.csv.
struct Served {
  std::string config;     ///< config_id
  std::string system;     ///< "gb200"
  std::string engine;     ///< "sglang"
  std::string precision;  ///< "fp8"
  int prompt = 0;         ///< isl
  int answer = 0;         ///< osl
  int ep_width = 0;
  int nominal = 0;         ///< requests at a time for each rank, as the load generator had them
  double live = 0.0;       ///< of those decode at a time, by the step that is predicted
  double measured = 0.0;   ///< TPOT, s
  double predicted = 0.0;  ///< with the engine's constants
  double bare = 0.0;       ///< without them

  /// Few of the requests decode: the load is bound elsewhere.
  [[nodiscard]] bool starved() const;
};

/// All of them, and how many of the table's rows were left out, by reason.
struct ServedRows {
  std::vector<Served> rows;
  std::vector<std::pair<std::string, int>> left_out;
};
const ServedRows& served();

/// Its part of the page.
std::string served_text();

/// What breaks its tolerances.
std::vector<std::string> served_broken();

}  // namespace wideep::validation
