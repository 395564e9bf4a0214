// docs/validation.md, from what the other files compute.
#include <cmath>

#include <fmt/format.h>

#include "model/step.h"
#include "outcome.h"

namespace wideep::validation {
namespace {

std::string percent(double share, bool sign = false) {
  return sign ? fmt::format("{:+.1f} %", 100.0 * share) : fmt::format("{:.1f} %", 100.0 * share);
}

Errors all_of(const Chapter& chapter) {
  Errors all;
  for (const Outcome& outcome : chapter.outcomes) all.add(outcome.errors);
  return all;
}

Errors fresh_of(const Chapter& chapter) {
  Errors fresh;
  for (const Outcome& outcome : chapter.outcomes) {
    if (!outcome.fitted) fresh.add(outcome.errors);
  }
  return fresh;
}

Errors bare_of(const Chapter& chapter) {
  Errors bare;
  for (const Outcome& outcome : chapter.outcomes) {
    if (outcome.bare) bare.of.push_back(*outcome.bare);
  }
  return bare;
}

std::string summary_row(const Chapter& chapter) {
  const Errors all = all_of(chapter);
  const Errors fresh = fresh_of(chapter);
  return fmt::format(
      "| {} | {} | {} | {} | {} | {} | {} |\n",
      chapter.title,
      all.of.size(),
      percent(all.median()),
      percent(all.quantile(0.9)),
      percent(all.largest()),
      fresh.of.empty() ? "-" : fmt::format("{} of {}", percent(fresh.median()), fresh.of.size()),
      chapter.tolerance ? percent(*chapter.tolerance) : "-");
}

/// Publications' names may hold what Markdown takes for a column.
std::string cell(std::string text) {
  for (char& c : text) c = c == '|' ? '/' : c;
  return text;
}

std::string chapter_text(const Chapter& chapter) {
  std::string text = fmt::format("\n## {}\n\n{}\n\n", chapter.title, chapter.about);
  const bool single = !chapter.outcomes.front().published.empty();
  const bool bare = chapter.outcomes.front().bare.has_value();
  if (bare) {
    text +=
        "| settings | source | published | predicted | error | without the constant |\n"
        "|---|---|---|---|---|---|\n";
  } else if (single) {
    text += "| settings | source | published | predicted | error |\n|---|---|---|---|---|\n";
  } else {
    text +=
        "| settings | source | points | median | 90 % | largest | "
        "|\n|---|---|---|---|---|---|---|\n";
  }
  std::string tables;
  for (const Outcome& outcome : chapter.outcomes) {
    const Errors& errors = outcome.errors;
    if (outcome.published.empty()) {
      std::string& to = single ? tables : text;
      to += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n",
                        outcome.settings,
                        cell(outcome.source),
                        errors.of.size(),
                        percent(errors.median()),
                        percent(errors.quantile(0.9)),
                        percent(errors.largest()),
                        outcome.fitted ? "fitted to it" : "");
      continue;
    }
    text += fmt::format("| {} | {} | {} | {} | {} |",
                        outcome.settings,
                        cell(outcome.source),
                        outcome.published,
                        outcome.predicted,
                        percent(errors.of.front(), true));
    if (bare)
      text += fmt::format(" {}{} |", percent(*outcome.bare, true), outcome.fitted ? " *" : "");
    text += "\n";
  }
  if (!tables.empty()) {
    text +=
        "\n| settings | source | points | median | 90 % | largest | "
        "|\n|---|---|---|---|---|---|---|\n" +
        tables;
  }
  return text;
}

std::string directions_text(const std::vector<Direction>& all) {
  int right = 0;
  std::string rows;
  for (const Direction& one : all) {
    right += one.right ? 1 : 0;
    rows += fmt::format("| {} | {} | {} | {} | {} |\n",
                        one.question,
                        one.source,
                        one.published,
                        one.predicted,
                        one.right ? "yes" : "**no**");
  }
  return fmt::format(
      "\n## Directions\n\n"
      "Where a publication compares two settings: the change in throughput per GPU, published and\n"
      "predicted. {} of {} have the right sign.\n\n"
      "| question | source | published | predicted | right |\n|---|---|---|---|---|\n{}",
      right,
      all.size(),
      rows);
}

std::string widths_text() {
  std::string text =
      "\n## Widths that people chose\n\n"
      "Decode widths of tuned recipes on GB200 and GB300 NVL72 with data-parallel attention\n"
      "(SemiAnalysisAI/InferenceX 843c625; DeepSeek-R1, Kimi-K2.5, GLM-5, Qwen3.5), by requests "
      "per\n"
      "GPU, beside the model at that load: the width of the shortest layer of 4, 8, 16, 32 and 64, "
      "the\n"
      "narrowest within 10 % of it, and how much longer a layer is at the width that was chosen.\n"
      "Medians.\n\n"
      "| requests per GPU | recipes | chosen (range) | fastest | narrowest within 10 % | chosen is "
      "slower by |\n"
      "|---|---|---|---|---|---|\n";
  for (const WidthsAtLoad& at : tuned_widths()) {
    text += fmt::format("| {} | {} | {} ({} to {}) | {} | {} | {} |\n",
                        at.load,
                        at.recipes,
                        at.chosen_median,
                        at.chosen_low,
                        at.chosen_high,
                        at.fastest_median,
                        at.narrowest_median,
                        percent(at.excess_median));
  }
  return text;
}

std::string notes() {
  return "";
}

}  // namespace

std::string page() {
  const std::vector<Chapter> chapters = {
      communication(), experts(), attention(), layers(), stragglers(), deployments()};
  std::string text =
      "# Validation\n\n"
      "What the shipped presets predict, beside what was published. `scripts/validate` writes this "
      "page\n"
      "from the measurements; the test `validation` fails where a tolerance is broken or the page "
      "is\n"
      "not what the program says. Errors are of predicted over published; medians are of their "
      "sizes.\n"
      "No figure is tuned to a row: kernels and experts are fitted by `fit` to whole tables\n"
      "(`scripts/rebuild_presets`), and one number is global, below.\n\n"
      "| kind | points | median | 90 % | largest | not fitted to: median | tolerance |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Chapter& chapter : chapters) text += summary_row(chapter);
  const Chapter& whole = chapters.back();
  const Errors bare = bare_of(whole);
  text += fmt::format(
      "\n**The global constant.** A step takes 1/{} of what its parts take (`serving_efficiency`): "
      "norms,\n"
      "quantization, gates, sampling, scheduling, contention of transfers with compute and ranks "
      "that\n"
      "wait for each other are not modelled one by one. It is the median over the deployments on "
      "H100\n"
      "and H800 marked * below, {:.3f}, rounded to 5 %; no other row was used. Without it the "
      "median error of all\n"
      "deployments is {} (largest {}), with it {} ({}); of those not used for it {}. A per-step "
      "overhead\n"
      "is a key (`step_overhead`) and 0 unless stated: published steps of 50 ms to 3 s do not tell "
      "it\n"
      "apart from a share.\n",
      kServingEfficiency,
      implied_efficiency(),
      percent(bare.median()),
      percent(bare.largest()),
      percent(all_of(whole).median()),
      percent(all_of(whole).largest()),
      percent(fresh_of(whole).median()));
  for (const Chapter& chapter : chapters) text += chapter_text(chapter);
  text += directions_text(directions());
  text += widths_text();
  text += notes();
  return text;
}

std::vector<std::string> broken_tolerances() {
  std::vector<std::string> broken;
  for (const Chapter& chapter :
       {communication(), experts(), attention(), layers(), stragglers(), deployments()}) {
    const double median = all_of(chapter).median();
    if (chapter.tolerance && median > *chapter.tolerance) {
      broken.push_back(fmt::format("{}: median error {}, tolerance {}",
                                   chapter.title,
                                   percent(median),
                                   percent(*chapter.tolerance)));
    }
  }
  constexpr double kRightShare = 0.9;
  constexpr double kEfficiencyMargin = 0.025;
  const std::vector<Direction> all = directions();
  double right = 0.0;
  for (const Direction& one : all) right += one.right ? 1.0 : 0.0;
  if (right < kRightShare * static_cast<double>(all.size())) {
    broken.push_back(fmt::format("directions: {} right of {}", right, all.size()));
  }
  if (std::abs(implied_efficiency() - kServingEfficiency) > kEfficiencyMargin) {
    broken.push_back(fmt::format("serving efficiency: the rows say {:.3f}", implied_efficiency()));
  }
  return broken;
}

}  // namespace wideep::validation
