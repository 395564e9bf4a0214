#include "cli/sensitivity_options.h"

#include <limits>

#include <fmt/format.h>

#include "cli/option_values.h"
#include "input/stated_uncertainty.h"

namespace wideep {

void add_sensitivity_options(CLI::App& command, SensitivityOptions& options) {
  command.add_flag("--sensitivity", options.wanted, "How sure, and how it hangs on each input");
  command
      .add_option("--uncertain", options.uncertain, "Relative deviation (lognormal): context=10%")
      ->type_name("KEY=SHARE")
      ->take_all()
      ->allow_extra_args(false);
  constexpr int kMostDraws = 1'000'000;
  command
      .add_option(
          "--draws", options.draws, fmt::format("With --sensitivity; default: {}", options.draws))
      ->check(whole_number(1, kMostDraws))
      ->needs("--sensitivity")
      ->type_name("N");
  command.add_option("--seed", options.seed, "Of the draws; default: 1")
      ->check(whole_number(0, std::numeric_limits<int>::max()))
      ->type_name("N");
}

SensitivityReport sensitivity_report(const SensitivityOptions& options,
                                     const ReadAgain& read,
                                     const SensitivityQuestion& question) {
  auto inputs = uncertain_inputs(read, read_uncertainties(options.uncertain, read));
  const auto seed = static_cast<std::uint64_t>(options.seed);
  if (!options.wanted) return default_sensitivity(read, std::move(inputs), question, seed);
  SensitivityReport report{.inputs = std::move(inputs)};
  const Draws draws{.count = options.draws, .seed = seed, .threads = 0};
  Sensitivity found = sensitivity_of(read, report.inputs, question, draws);
  report.base = question.base;
  report.sensitivity = std::move(found.inputs);
  report.confidence = std::move(found.confidence);
  return report;
}

}  // namespace wideep
