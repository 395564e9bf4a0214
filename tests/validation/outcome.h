#pragma once

#include <optional>
#include <string>
#include <vector>

#include "input/read_problem.h"
#include "model/prediction.h"

namespace wideep::validation {

/// Relative errors of predictions, signed: above 0 where too much is predicted.
struct Errors {
  std::vector<double> of;

  void add(double predicted, double measured) { of.push_back(predicted / measured - 1.0); }
  void add(const Errors& others) { of.insert(of.end(), others.of.begin(), others.of.end()); }

  /// Of their sizes; 0 where there are none.
  [[nodiscard]] double quantile(double share) const;
  [[nodiscard]] double median() const { return quantile(0.5); }
  [[nodiscard]] double largest() const { return quantile(1.0); }
  [[nodiscard]] double bias() const;  ///< their mean, signed; 0 where there are none
};

/// A table of many points, or one published number, and how well it is predicted.
struct Outcome {
  std::string source{};
  std::string settings{};
  std::string published{};  ///< with its unit; empty for a table
  std::string predicted{};
  Errors errors{};
  std::optional<double> bare{};  ///< error without serving_efficiency, where that plays a part
  bool fitted = false;           ///< the presets' figures come from these very measurements
};

/// Predictions of one kind, with the page's words on them.
struct Chapter {
  std::string title;
  std::string about;
  std::vector<Outcome> outcomes;
  std::optional<double> tolerance;  ///< of the median error over all points
};

/// "4.0 %", or "+4.0 %".
std::string percent(double share, bool sign = false);

/// A shipped configuration with values set, on a fabric.
Problem problem_on(const std::string& fabric, const std::vector<std::string>& set);

/// Machines of recipes, and in which type these serve DeepSeek-R1's experts.
struct Fleet {
  const char* fabric;
  const char* runner;  ///< how a recipe's begins
  const char* precision;
  const char* experts;
};
const std::vector<Fleet>& fleets();

/// DeepSeek-R1 at decode on them with that context, routed as TensorRT-LLM published it, with more
/// set beside; as engines run it.
Problem r1_on(const Fleet& machines, int context, const std::vector<std::string>& set);

/// The index of a kernel by name.
std::size_t kernel_of(const Problem& problem, const std::string& name);

Chapter communication();
Chapter experts();
Chapter attention();
Chapter layers();
Chapter stragglers();
Chapter deployments();

/// One comparison of two settings that a publication makes.
struct Direction {
  std::string source;
  std::string question;
  std::string published;
  std::string predicted;
  bool right = false;
};
std::vector<Direction> directions();

/// Widths that people chose at some load, and what the model says there.
struct WidthsAtLoad {
  std::string load;
  int recipes = 0;
  int chosen_low = 0, chosen_median = 0, chosen_high = 0;
  int fastest_median = 0;    ///< width of the shortest layer
  int narrowest_median = 0;  ///< narrowest within a tenth of it
  double excess_median = 0;  ///< layer time at the chosen width over the shortest
};
std::vector<WidthsAtLoad> tuned_widths();

/// The concurrencies that a recipe lists, "8|16|32".
std::vector<double> loads_of(const std::string& text);

/// What is recommended on every fabric at three loads, as a section of the page.
std::string recommended_text();

/// What of it no engine runs.
std::vector<std::string> recommended_broken();

/// Which layout is advised at which load, as a section of the page.
std::string layouts_text();

/// What of it is not as recipes and measurements have it.
std::vector<std::string> layouts_broken();

/// The serving efficiency that the deployments on Hopper with H100 and H800 imply.
double implied_efficiency();

/// The whole page, docs/validation.md.
std::string page();

/// What breaks its tolerance; empty where nothing does.
std::vector<std::string> broken_tolerances();

}  // namespace wideep::validation
