// What docs/validation.md says of whole decode deployments.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "engines/engine.h"
#include "model/step.h"
#include "served.h"

namespace wideep::validation {
namespace {

constexpr double kMedian = 0.05;
constexpr double kGroupMedian = 0.12;
constexpr std::size_t kGroupRows = 3;
constexpr double kNearlyAll = 0.9;
constexpr double kMargin = 0.01;  ///< of what the rows imply, for the constants of the engines

struct Group {
  Errors errors;
  Errors bare;
};

std::map<std::string, Group> groups() {
  std::map<std::string, Group> all;
  for (const Served& row : served().rows) {
    Group& group = all[fmt::format("{}, {}, {}, {}{}",
                                   row.system,
                                   row.engine,
                                   row.precision,
                                   row.layout().substr(0, row.layout().find(' ')),
                                   row.model == "deepseek-r1" ? "" : ", " + row.model)];
    group.errors.add(row.predicted, row.measured);
    group.bare.add(row.bare, row.measured);
  }
  return all;
}

/// Of one attention group, or of ranks with sequences of their own.
Group everything(bool one_group) {
  Group all;
  for (const Served& row : served().rows) {
    if (row.is_one_group() != one_group) continue;
    all.errors.add(row.predicted, row.measured);
    all.bare.add(row.bare, row.measured);
  }
  return all;
}

/// The median over the engine's rows, without an overhead; unset: it has none.
std::optional<double> implied_efficiency_of(const std::string& engine, bool one_group) {
  Errors shares;
  for (const Served& row : served().rows) {
    if (row.engine != engine || row.is_one_group() != one_group) continue;
    shares.of.push_back(row.bare / row.measured);
  }
  if (shares.of.empty()) return std::nullopt;
  return shares.median();
}

/// Pairs of one deployment at two loads, and how many of them are in the measured order.
struct Order {
  int pairs = 0;
  int right = 0;
};

Order order() {
  Order order;
  const std::vector<Served>& rows = served().rows;
  for (std::size_t a = 0; a < rows.size(); ++a) {
    for (std::size_t b = a + 1; b < rows.size(); ++b) {
      if (rows[a].config != rows[b].config || rows[a].prompt != rows[b].prompt) continue;
      if (rows[a].nominal == rows[b].nominal) continue;
      ++order.pairs;
      const bool slower = rows[a].measured > rows[b].measured;
      order.right += (rows[a].predicted > rows[b].predicted) == slower ? 1 : 0;
    }
  }
  return order;
}

std::string rows_text(bool starved) {
  std::string text;
  for (const Served& row : served().rows) {
    if (row.starved() != starved) continue;
    text += fmt::format(
        "| {}, {}, {}, {}{} | {} | {} + {} | {} | {:.1f} | {:.2f} ms | {:.2f} ms | {:+.1f} % | "
        "{:+.1f} % |\n",
        row.system,
        row.engine,
        row.precision,
        row.config,
        row.model == "deepseek-r1" ? "" : ", " + row.model,
        row.layout(),
        row.prompt,
        row.answer,
        row.nominal,
        row.live,
        1e3 * row.measured,
        1e3 * row.predicted,
        100.0 * (row.predicted / row.measured - 1.0),
        100.0 * (row.bare / row.measured - 1.0));
  }
  return text;
}

std::string constants() {
  std::string text;
  for (const Engine& engine : engines()) {
    if (!engine.serving_efficiency) continue;
    text += fmt::format(
        "{}{} {:.0f} %", text.empty() ? "" : ", ", engine.name, 100.0 * *engine.serving_efficiency);
  }
  return text;
}

constexpr const char* kRowsHead =
    "| system, engine, precision, config | decode | prompt + answer | requests at a time | "
    "decoding | "
    "measured | predicted | error | without the constants "
    "|\n|---|---|---|---|---|---|---|---|---|\n";

/// Those of one engine, or of two.
std::string pairs_text(bool of_one_engine) {
  std::string text =
      "| system, precision, model, prompt | layouts | requests per GPU | measured | predicted | |\n"
      "|---|---|---|---|---|---|\n";
  for (const LayoutPair& pair : layout_pairs()) {
    if (pair.of_one_engine() != of_one_engine) continue;
    text +=
        fmt::format("| {}, {}, {}, {} | {} of {} over {} of {} | {:.1f} | {:.2f} | {:.2f} | {} |\n",
                    pair.one.system,
                    pair.one.precision,
                    pair.one.model,
                    pair.one.prompt,
                    pair.one.layout(),
                    pair.one.engine,
                    pair.other.layout(),
                    pair.other.engine,
                    pair.load,
                    pair.measured,
                    pair.predicted,
                    pair.is_right() ? "" : "**wrong**");
  }
  return text;
}

/// Pairs of layouts of one engine, or of two, and how many of them are as measured.
Order pairs_order(bool of_one_engine) {
  Order order;
  for (const LayoutPair& pair : layout_pairs()) {
    if (pair.of_one_engine() != of_one_engine) continue;
    ++order.pairs;
    order.right += pair.is_right() ? 1 : 0;
  }
  return order;
}

std::string pairs_text() {
  const Order one = pairs_order(true);
  const Order two = pairs_order(false);
  return fmt::format(
      "\nWhich layout is faster at the same load per GPU: each layout's sweep between its rows by "
      "a "
      "power of the load, at the middle of the loads that both have, or of the nearest two where "
      "these "
      "are within an octave. Of one engine {} of {} pairs are as measured:\n\n{}"
      "\nOf two engines, whose differences of a few percent count too, {} of {}:\n\n{}",
      one.right,
      one.pairs,
      pairs_text(true),
      two.right,
      two.pairs,
      pairs_text(false));
}

}  // namespace

std::string served_text() {
  const Group all = everything(false);
  const Group grouped = everything(true);
  const Order ordered = order();
  std::string text = fmt::format(
      "\n## Whole deployments as served\n\n"
      "TPOT of decode workers of DeepSeek-R1, and of Kimi-K2.5 in one attention group, "
      "disaggregated, "
      "of which the "
      "config is known (SemiAnalysis InferenceX by NVIDIA AIConfigurator 095f58a): {} rows with "
      "data-parallel attention and experts spread (DEP), median error {} (largest {}), without "
      "the "
      "engines' constants {} ({}); {} rows whose ranks are one attention group, with experts "
      "spread "
      "(TEP) or cut (TP), {} ({}), without the constants {} ({}). {} of {} pairs of one deployment "
      "at two loads are in order, a rank correlation (Kendall) of {:.2f}.\n\n"
      "The constants of DEP, `serving_efficiency` of presets/engines: {}; of SGLang and "
      "TensorRT-LLM "
      "the medians of these rows, of vLLM that of its 12 deployments above, rounded. Of one "
      "attention "
      "group {:.0f} % of every engine, near the medians of each: SGLang {:.3f}, TensorRT-LLM "
      "{:.3f}, "
      "vLLM {:.3f}. What falls short there: FP8 of TensorRT-LLM, on Hopper above all, and of "
      "SGLang "
      "at few requests take longer, Kimi-K2.5 on TensorRT-LLM less; nothing was fitted to them. A "
      "`step_overhead` is 0: with one the fit wants less than none.\n\n"
      "Requests at a time are not those that decode: of b, b osl TPOT / (TTFT + osl TPOT) do, with "
      "TTFT as measured and "
      "TPOT as predicted, until both agree. A context is the prompt and half the answer. Kernels "
      "as recipes of these "
      "deployments name them, none of which places experts by their load: gathers in one node of "
      "x86 hosts, and of "
      "TensorRT-LLM's FP8 everywhere; else DeepEP LL of SGLang and one-sided NVLink with FP8 "
      "combine of TensorRT-LLM. "
      "Straggler factor of experts and links: zipf 0.614, which TensorRT-LLM's published imbalance "
      "of this model gives.\n\n"
      "| system, engine, precision | rows | median | 90 % | largest | bias | without the "
      "constants: "
      "median |\n|---|---|---|---|---|---|---|\n",
      all.errors.of.size(),
      percent(all.errors.median()),
      percent(all.errors.largest()),
      percent(all.bare.median()),
      percent(all.bare.largest()),
      grouped.errors.of.size(),
      percent(grouped.errors.median()),
      percent(grouped.errors.largest()),
      percent(grouped.bare.median()),
      percent(grouped.bare.largest()),
      ordered.right,
      ordered.pairs,
      2.0 * ordered.right / ordered.pairs - 1.0,
      constants(),
      100.0 * kGroupEfficiency,
      implied_efficiency_of("sglang", true).value_or(0.0),
      implied_efficiency_of("trtllm", true).value_or(0.0),
      implied_efficiency_of("vllm", true).value_or(0.0));
  for (const auto& [name, group] : groups()) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n",
                        name,
                        group.errors.of.size(),
                        percent(group.errors.median()),
                        percent(group.errors.quantile(kNearlyAll)),
                        percent(group.errors.largest()),
                        percent(group.errors.bias(), true),
                        percent(group.bare.median()));
  }
  text += std::string("\n") + kRowsHead + rows_text(false);
  text += std::string("\nOf these fewer than 70 % of the requests at a time decode:\n\n") +
          kRowsHead + rows_text(true);
  text += pairs_text();
  text += "\nLeft out of the table's rows:";
  for (const auto& [why, rows] : served().left_out) text += fmt::format(" {} {};", rows, why);
  text.back() = '.';
  return text + "\n";
}

std::vector<std::string> served_broken() {
  std::vector<std::string> broken;
  const auto require = [&](const std::string& what, double median, double tolerance) {
    if (median <= tolerance) return;
    broken.push_back(fmt::format(
        "{}: median error {}, tolerance {}", what, percent(median), percent(tolerance)));
  };
  for (const Engine& engine : engines()) {
    for (const bool one_group : {false, true}) {
      const std::optional<double> implied = implied_efficiency_of(engine.id, one_group);
      const double stated = one_group ? kGroupEfficiency : engine.serving_efficiency.value();
      if (!implied || std::abs(*implied - stated) <= kMargin) continue;
      broken.push_back(fmt::format("serving efficiency of {}{}: the rows say {:.3f}",
                                   engine.name,
                                   one_group ? " in one group" : "",
                                   *implied));
    }
  }
  require("whole deployments", everything(false).errors.median(), kMedian);
  require("whole deployments in one group", everything(true).errors.median(), kGroupMedian);
  for (const auto& [name, group] : groups()) {
    const bool alone = name.find("DEP") != std::string::npos;
    if (alone && group.errors.of.size() >= kGroupRows) {
      require(name, group.errors.median(), kGroupMedian);
    }
  }
  const Order pairs = pairs_order(true);
  if (pairs.right + 1 < pairs.pairs) {
    broken.push_back(fmt::format("{} of {} pairs of layouts in order", pairs.right, pairs.pairs));
  }
  const Order ordered = order();
  if (ordered.right != ordered.pairs) {
    broken.push_back(fmt::format(
        "whole deployments: {} of {} pairs of a sweep in order", ordered.right, ordered.pairs));
  }
  return broken;
}

}  // namespace wideep::validation
