#include <algorithm>
#include <deque>
#include <memory>

#include <fmt/format.h>

#include "cli/fit_options.h"
#include "cli/option_values.h"
#include "fit/balance_fit.h"
#include "input/partial_counts.h"
#include "input/ranges.h"
#include "input/read_counts.h"
#include "logs/describe_file.h"
#include "report/balance_report.h"

namespace wideep {
namespace {

struct FitGammaOptions {
  FitOptions common;
  std::string placement = "contiguous";
  int redundant = 0;
  std::string vllm_version;
};

/// gamma at every width at which the slots can be dealt out.
void add_counts(const ExpertCounts& counts, const FitGammaOptions& options, GammaAnswer& answer) {
  const Placement placement = *meaning_of(kPlacementWords, options.placement);
  const int slots = static_cast<int>(counts.layers.front().size()) + options.redundant;
  for (int width = 2; width <= std::min(slots, range::kEpWidth.high); ++width) {
    if (slots % width != 0) continue;
    const Imbalance found = imbalance(counts, width, slots, placement);
    answer.points.push_back(
        {.ep_width = width,
         .mean = found.mean,
         .p95 = found.p95,
         .se = {},
         .from = fmt::format(
             "counts of {} layers, {} placement", counts.layers.size(), options.placement)});
  }
}

/// Adds up the counts of several files, which must be of one shape.
ExpertCounts read_all_counts(const std::vector<std::string>& paths, std::vector<LogFile>& files) {
  std::deque<Source> sources;
  Findings findings;
  ExpertCounts sum;
  for (const std::string& path : paths) {
    auto read = read_source(path, findings);
    if (!read) continue;
    const Source& source = sources.emplace_back(std::move(*read));
    const auto counts = read_counts(source, findings);
    if (!counts) continue;
    files.push_back(describe_file(path, "counts"));
    if (sum.layers.empty()) {
      sum = *counts;
      continue;
    }
    const bool alike = sum.layers.size() == counts->layers.size() &&
                       sum.layers.front().size() == counts->layers.front().size();
    if (!alike) {
      findings.report({&source, 1, 1},
                      fmt::format("{} layers of {} experts, and the file before has {} of {}",
                                  counts->layers.size(),
                                  counts->layers.front().size(),
                                  sum.layers.size(),
                                  sum.layers.front().size()));
      continue;
    }
    for (std::size_t layer = 0; layer < sum.layers.size(); ++layer) {
      for (std::size_t expert = 0; expert < sum.layers[layer].size(); ++expert) {
        sum.layers[layer][expert] += counts->layers[layer][expert];
      }
    }
  }
  findings.throw_if_any();
  // Files of single ranks add up to all.
  if (std::string why = why_partial(sum); !why.empty()) {
    findings.report({&sources.front(), 1, 1}, std::move(why), "give the counts of all ranks");
    findings.throw_if_any();
  }
  return sum;
}

/// A width may be told once: by counts, by one engine.
void require_one_source(const GammaAnswer& answer) {
  for (std::size_t at = 1; at < answer.points.size(); ++at) {
    const GammaPoint& one = answer.points[at - 1];
    const GammaPoint& other = answer.points[at];
    if (one.ep_width != other.ep_width) continue;
    throw InputError(
        fmt::format("wideep-opt: EP {} is told twice, by {} and by {}: fit them apart\n",
                    one.ep_width,
                    one.from,
                    other.from));
  }
}

ExitCode run_fit_gamma(const FitGammaOptions& options) {
  const FitOptions& common = options.common;
  LogHints hints = hints_of(common);
  if (!options.vllm_version.empty()) hints.vllm_version = options.vllm_version;
  const BaseFabric base = base_of(common);
  if (!common.out.empty() && !base.fabric) {
    throw InputError("wideep-opt: --out needs --base FABRIC, whose other figures it takes over\n");
  }
  std::vector<std::string> logs;
  std::vector<std::string> counted;
  for (const std::string& path : common.files) {
    (path == "-" || holds_log_lines(path) ? logs : counted).push_back(path);
  }
  GammaAnswer answer;
  std::vector<LogFile> files;
  if (!logs.empty()) {
    const Measurements measurements = read_logs(logs, hints);
    files = measurements.files;
    if (measurements.balance.empty()) {
      throw InputError(
          fmt::format("{}: error: nothing here says how even the load was; try fit {}\n",
                      files.front().name,
                      fit_for(measurements)));
    }
    add_logged(fit_balance(measurements), answer);
  }
  if (!counted.empty()) {
    const ExpertCounts counts = read_all_counts(counted, files);
    if (!common.ep.empty()) answer.notes.emplace_back("--ep is not used: counts give every width");
    add_counts(counts, options, answer);
    std::stable_sort(answer.points.begin(), answer.points.end(), [](const auto& a, const auto& b) {
      return a.ep_width < b.ep_width;
    });
  }
  require_different(common, files);
  if (answer.points.empty()) {
    std::string text = "wideep-opt: the logs do not determine gamma\n";
    for (const std::string& reason : answer.unfitted) text += fmt::format("  {}\n", reason);
    complain(text);
    return ExitCode::kNo;
  }
  require_one_source(answer);
  answer.written = common.out;
  if (!common.out.empty()) write_calibration(common, base, calibrate(answer, provenance_of(files)));
  if (common.json) {
    print(to_text(gamma_json(answer, files)));
  } else {
    show(gamma_text(answer, files));
  }
  return ExitCode::kOk;
}

}  // namespace

void add_fit_gamma(CLI::App& fit, Action& action) {
  auto options = std::make_shared<FitGammaOptions>();
  CLI::App* command =
      fit.add_subcommand("gamma", "Straggler factor from counts or balancedness lines");
  add_fit_options(*command, options->common);
  command->add_option("--placement", options->placement, "Of counted experts on ranks")
      ->check(one_of(words_of(kPlacementWords)))
      ->type_name("contiguous|balanced");
  command->add_option("--redundant", options->redundant, "Replicas beside the counted experts")
      ->check(whole_number(0, range::kRedundantExperts.high))
      ->type_name("N");
  command->add_option("--vllm-version", options->vllm_version, "That wrote the log")
      ->type_name("X.Y.Z");
  command->callback([options, &action] { action = [options] { return run_fit_gamma(*options); }; });
}

}  // namespace wideep
