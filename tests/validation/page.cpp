// docs/validation.md, from what the other files compute.
#include <cmath>

#include <fmt/format.h>

#include "model/step.h"
#include "outcome.h"
#include "ratios.h"
#include "served.h"

namespace wideep::validation {
namespace {

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
    if (bare) {
      text += fmt::format(" {}{} |", percent(*outcome.bare, true), outcome.fitted ? " *" : "");
    }
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

/// What the widths have in common.
constexpr const char* kWidthsNote = R"(
Chosen widths narrow as load rises, and so do the model's. At few requests per GPU a layer is the
reading of expert weights, which a wider group shares, and NVLink makes the price of width small; at
many, experts compute, width gains nothing, more copies leave a rank, and the busiest of more ranks is
farther above the mean. The shortest layer is often still at 64 ranks where the gain over 32 is a few
percent, which people do not pay in failure domains and scheduling for; within 10 % the model is at or one step above
what they chose. What the model does not see is that prefill and decode instances must be matched to each
other, and that recipes were tuned for a service level as well as for throughput.
)";

/// What no table says.
constexpr const char* kNotes = R"(
## Where the model is poor, and why

- **One attention group in FP8 at few requests.** TEP of TensorRT-LLM on H200 takes a third longer than
  predicted, on GB200 and of SGLang on B200 up to a fifth, the more the fewer requests; NVFP4 does not. Each rank
  is taken to read as many experts as the mean one, and kernels of a small step as long as in a larger one.
- **Kimi-K2.5 on TensorRT-LLM** is predicted a third too slow at more than a few requests; on vLLM from 32 on.
- **Which engine is faster** where two layouts are within 10 % of each other: engines differ by more than the
  model knows of them.
- **H20 and H800** are from data sheets. One page on H20 (Ant Group) measured nodes with four NICs for eight GPUs
  and is far off: HT is priced with one NIC per GPU, LL with half of one.
- **pplx-garden's HT rows** hold more than DeepEP's kernels; DeepEP's own page agrees with the model.
- **Prefill experts.** The table at hand has an artefact of its benchmark at wide EP, so the figures come
  from EP 4 and hold from 128 tokens an expert on. InferSim timed the GEMMs alone, without permuting,
  quantizing and summing rows, which the figures include.
- **Small prefill batches.** Below 1,024 tokens attention takes as long as its launches, which the law
  adds to the work: B200 is then off by half.
- **Dual-batch overlap at decode on H100** gains half as much again as SGLang published for 256 tokens of one
  request each, and as much as published with a drafted token: contention of transfers with compute is in
  `serving_efficiency` only, which is the same with and without overlap.
- **vLLM on H200** is predicted a third too fast at decode, at every width alike; its prefill at EP 8, which
  the publication says is slower than EP 16, is the one direction that is wrong: nothing in the model makes a
  node of eight slower than two.
- **Decode of 1,215 tokens and more on GB200**: SGLang's at EP 48, here without the combine that it hides behind
  the shared expert (single-batch overlap), is predicted 15 % too slow, vLLM's at EP 8 20 to 27 % too fast.
- **Prefill on four GB200 and on GB300**, with all-gather or other kernels than the one-sided NVLink one that stands for
  them here, is predicted 67 and 18 % too fast, the largest misses: the first is a report of a regression, 0.5.8
  to 0.5.9 and later; of the second no kernel is named.
- **EPLB.** The gain of replicas is too large at prefill and too small at decode: gamma is that of one
  published workload.

## Published, and not predicted

| what | why |
|---|---|
| SGLang on GB200, June 2025 (EP 48); DeepSeek prefill in production | the batch is not published |
| SGLang and GB300 at 128,000 tokens | prefill and decode together, settings not published |
| vLLM on GB300: 2,000 + 1,000 aggregated, DeepSeek-V3.2, TP2 | prefill and decode in one instance, or tensor parallel |
| DeepSeek-V3 on p5en with UCCL-EP | single run that its authors ask not to quote; no preset of UCCL over EFA |
| Qwen3.5 on 12 GPUs (SGLang PR 25540) | the GPU is not named; flat at 44 ms a token from 4 to 128 requests |
| gpt-oss-120b on four SM100; InferenceX issue 1580 | mixed prefill and decode; two runs that differ by 1.8 times |
| MI300X, MI355X (ATOM, MORI, SGLang PR 29362), A100, A6000, L20 | no preset of these machines |
| TensorRT-LLM: up to 6.17 times | ratio of two unnamed points of a curve |
| MegaScale-Infer; AFD | attention and experts on different GPUs |
| FSMoE, Tutel, ScheMoE, Parm, MPMoE, FasterMoE, CCFuser, Janus | training, or ratios of whole studies to baselines that no preset describes |
| COMET, FlashMoE, flux | fused kernels against unoptimised baselines, tensor parallel or FP32 |
| DeepSeek's training trace | forward and backward together |
| DeepEP V2, Hybrid-EP, UCCL, pplx, NIXL, MORI, NCCL EP | other kernels: `fit comm` reads most of their logs |
)";

}  // namespace

std::string page() {
  const std::vector<Chapter> chapters = {
      communication(), experts(), attention(), layers(), stragglers(), deployments()};
  std::string text =
      "# Validation\n\n"
      "What the shipped presets predict, beside what was published. `scripts/validate` writes this "
      "page\n"
      "from the measurements; the test `validation` fails where a tolerance is broken or the page\n"
      "is not what the program says. Errors are of predicted over published; medians are of their "
      "sizes.\n"
      "No figure is tuned to a row: kernels and experts are fitted by `fit` to whole tables\n"
      "(`scripts/rebuild_presets`), and one number is global, below. A tolerance is of the median "
      "over all points\n"
      "of its kind, fitted to or not; the column before it says what it is of points that nothing "
      "was fitted to.\n\n"
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
  text += served_text();
  text += directions_text(directions());
  text += widths_text();
  text += recommended_text();
  text += kWidthsNote;
  text += layouts_text();
  text += ratios_text();
  text += kNotes;
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
  for (const auto& more :
       {served_broken(), layouts_broken(), ratios_broken(), recommended_broken()}) {
    broken.insert(broken.end(), more.begin(), more.end());
  }
  return broken;
}

}  // namespace wideep::validation
