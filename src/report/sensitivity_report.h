#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/sensitivity.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// How sure an answer is: text and JSON are printed from it. docs/planning.md#sure
struct SensitivityReport {
  std::vector<UncertainInput> inputs{};    ///< that were looked at
  std::optional<Confidence> confidence{};  ///< unset: `reason` says why
  std::string reason{};
  std::optional<Config> base{};  ///< what wins at the inputs as they are; set with `sensitivity`
  /// How the answer hangs on each input; unset: nobody asked for that.
  std::optional<std::vector<InputSensitivity>> sensitivity{};
};

/// What a run that asks for no more says, at what costs little: of the answer, with its inputs.
SensitivityReport default_sensitivity(const ReadAgain& read,
                                      std::vector<UncertainInput> inputs,
                                      const SensitivityQuestion& question,
                                      std::uint64_t seed);

/// "2.1", or "1.35 times what it is" of several numbers: an input with a factor, of which `value`
/// is what it is then.
std::string place_text(const std::string& value, double factor);

/// "Confidence  best in 86.0% of 64 draws ...": one row; empty where nothing was drawn,
/// and where sensitivity_section() says it.
Text confidence_line(const SensitivityReport& report);

/// What `--sensitivity` adds; empty where that was not asked for.
Text sensitivity_section(const Problem& problem, const SensitivityReport& report);

/// Adds "confidence" and "sensitivity", each null with its reason where it is not there.
void add_sensitivity(const Problem& problem, const SensitivityReport& report, Json& json);

}  // namespace wideep
