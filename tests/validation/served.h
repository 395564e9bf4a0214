#pragma once

#include <string>
#include <vector>

#include "model/layout.h"
#include "outcome.h"

namespace wideep::validation {

/// A decode deployment as it was served: a row of ../shared/data/outcomes/whole_deployments.csv.
struct Served {
  std::string config;     ///< config_id
  std::string system;     ///< "gb200"
  std::string engine;     ///< "sglang"
  std::string precision;  ///< "fp8"
  std::string model;      ///< a preset
  Attention attention;
  Experts experts = Experts::kEp;
  int prompt = 0;          ///< isl
  int answer = 0;          ///< osl
  int gpus = 0;            ///< of a decode worker
  int nominal = 0;         ///< requests at a time for each attention group, as the load generator
                           ///< had them
  double live = 0.0;       ///< of those decode at a time, by the step that is predicted
  double measured = 0.0;   ///< TPOT, s
  double predicted = 0.0;  ///< with the engine's constants
  double bare = 0.0;       ///< without them

  /// Few of the requests decode: the load is bound elsewhere.
  [[nodiscard]] bool starved() const;

  /// All ranks share their sequences.
  [[nodiscard]] bool is_one_group() const { return attention.ranks > 1; }

  /// "DEP 32", "TEP 8" or "TP 4".
  [[nodiscard]] std::string layout() const;

  /// Requests at a time for each GPU.
  [[nodiscard]] double load() const { return 1.0 * nominal / attention.ranks; }
};

/// All of them, and how many of the table's rows were left out, by reason.
struct ServedRows {
  std::vector<Served> rows;
  std::vector<std::pair<std::string, int>> left_out;
};
const ServedRows& served();

/// Two layouts of one model and machine at a load that both were served at.
struct LayoutPair {
  Served one;
  Served other;
  double load = 0.0;      ///< requests at a time for each GPU
  double measured = 0.0;  ///< TPOT of the one over that of the other
  double predicted = 0.0;

  [[nodiscard]] bool is_right() const { return (measured < 1.0) == (predicted < 1.0); }

  /// Else the engines are compared as well.
  [[nodiscard]] bool of_one_engine() const { return one.engine == other.engine; }
};

/// Every pair: each layout's sweep between its rows, at the middle of the loads that both have.
std::vector<LayoutPair> layout_pairs();

/// Its part of the page.
std::string served_text();

/// What breaks its tolerances.
std::vector<std::string> served_broken();

}  // namespace wideep::validation
