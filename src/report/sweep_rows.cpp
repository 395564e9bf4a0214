#include "report/sweep_rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "engines/dbo_threshold.h"
#include "model/words.h"
#include "report/config_json.h"
#include "report/optimize_report.h"
#include "search/optimize.h"

namespace wideep {
namespace {

/// The shortest text that reads back as the same number, whatever the locale.
void add_number(double value, std::string& text) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  text.append(buffer.data(), end);
}

/// What a column prints: a number or a word; nothing where there is none.
using OfConfig = void (*)(const Problem&, const Prediction&, std::string&);
using OfThresholds = std::optional<double> (*)(const Thresholds&);

struct ConfigColumn {
  std::string_view name;
  OfConfig add;
};

constexpr std::array<ConfigColumn, 10> kConfigColumns = {{
    {"ep_width",
     [](const Problem&, const Prediction& of, std::string& text) {
       add_number(of.config.ep_width, text);
     }},
    {"kernel",
     [](const Problem& problem, const Prediction& of, std::string& text) {
       text += problem.fabric.kernels[of.config.kernel].name;
     }},
    {"overlap",
     [](const Problem&, const Prediction& of, std::string& text) {
       text += name_of(of.config.overlap);
     }},
    {"chunks",
     [](const Problem&, const Prediction& of, std::string& text) {
       add_number(of.config.chunks, text);
     }},
    {"split",
     [](const Problem&, const Prediction& of, std::string& text) {
       if (of.config.overlap == Overlap::kDbo) add_number(of.split, text);
     }},
    {"sms",
     [](const Problem&, const Prediction& of, std::string& text) {
       if (of.config.sms > 0) add_number(of.config.sms, text);
     }},
    {"tokens_per_rank",
     [](const Problem&, const Prediction& of, std::string& text) { add_number(of.tokens, text); }},
    {"layer_s",
     [](const Problem&, const Prediction& of, std::string& text) {
       add_number(of.layer.base(), text);
     }},
    {"tpot_s",
     [](const Problem&, const Prediction& of, std::string& text) {
       add_number(of.step.tpot.base(), text);
     }},
    {"tokens_per_gpu_per_s",
     [](const Problem&, const Prediction& of, std::string& text) {
       add_number(of.step.tokens_per_gpu_per_second, text);
     }},
}};

struct ThresholdColumn {
  std::string_view name;
  OfThresholds value;
};

template <class Q>
std::optional<double> base_of(const Threshold<Q>& threshold) {
  if (!threshold.value) return std::nullopt;
  if constexpr (std::is_same_v<Q, double>) {
    return *threshold.value;
  } else {
    return threshold.value->base();
  }
}

/// By the names that `optimize --json` has them by; of a stretch its two ends.
constexpr std::array<ThresholdColumn, 13> kThresholdColumns = {{
    {"full_overlap_tokens", [](const Thresholds& of) { return base_of(of.full_overlap_tokens); }},
    {"full_overlap_until_tokens", [](const Thresholds& of) { return of.full_overlap_until; }},
    {"break_even_tokens", [](const Thresholds& of) { return base_of(of.break_even_tokens); }},
    {"break_even_half_split_tokens",
     [](const Thresholds& of) { return base_of(of.break_even_half_split_tokens); }},
    {"engine_threshold_tokens", [](const Thresholds& of) { return engine_threshold(of); }},
    {"half_split_stretch_from_tokens",
     [](const Thresholds& of) {
       return of.half_split_stretch ? std::optional(of.half_split_stretch->from) : std::nullopt;
     }},
    {"half_split_stretch_until_tokens",
     [](const Thresholds& of) {
       return of.half_split_stretch ? of.half_split_stretch->until : std::nullopt;
     }},
    {"kernel_crossover_bytes",
     [](const Thresholds& of) {
       return of.kernel_crossover.tokens.value
                  ? std::optional(of.kernel_crossover.dispatch_bytes.base())
                  : std::nullopt;
     }},
    {"kernel_crossover_tokens",
     [](const Thresholds& of) { return base_of(of.kernel_crossover.tokens); }},
    {"chunk_lower_bound_bytes", [](const Thresholds& of) { return base_of(of.chunk_lower_bound); }},
    {"chunk_lower_bound_round_trip_bytes",
     [](const Thresholds& of) { return base_of(of.chunk_lower_bound_round_trip); }},
    {"chunk_pays_from_bytes", [](const Thresholds& of) { return base_of(of.chunk_pays.from); }},
    {"chunk_best_bytes", [](const Thresholds& of) { return base_of(of.chunk_pays.best); }},
}};

/// An axis' value as JSON: a number where it is one without a unit.
Json json_of(const std::string& value) {
  const Json read = Json::parse(value, nullptr, false);
  return read.is_number() ? count(read.get<double>()) : Json(value);
}

/// Why nothing is feasible there, in words; of slo.tpot without the batch that meets it.
Json reasons_json(const SweepPoint& point) {
  Json reasons = Json::array();
  for (const LimitText& reason : texts_of(*point.problem, reasons_at(*point.problem))) {
    reasons.push_back({{"rule", reason.rule}, {"message", reason.message}, {"fix", reason.fix}});
  }
  return reasons;
}

/// By how much what is used costs more than the optimum: layer time, or where the batch is chosen
/// tokens per second and GPU.
double excess(const Problem& problem, const Prediction& used, const Prediction& optimum) {
  if (!problem.workload.traffic.choice) return used.layer / optimum.layer - 1.0;
  return optimum.step.tokens_per_gpu_per_second / used.step.tokens_per_gpu_per_second - 1.0;
}

}  // namespace

std::vector<SweepColumn> sweep_columns(std::span<const std::string> axes) {
  std::vector<SweepColumn> columns;
  const auto is_axis = [&](std::string_view name) {
    return std::find(axes.begin(), axes.end(), name) != axes.end();
  };
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    columns.push_back(
        {.name = axes[axis], .add = [axis](const SweepPoint& point, std::string& text) {
           text += point.values[axis];
         }});
  }
  for (const auto& [name, add] : kConfigColumns) {
    if (is_axis(name)) continue;
    columns.push_back(
        {.name = std::string(name), .add = [add = add](const SweepPoint& point, std::string& text) {
           if (point.answer.used() != nullptr) add(*point.problem, *point.answer.used(), text);
         }});
  }
  for (const auto& [name, value] : kThresholdColumns) {
    columns.push_back({.name = std::string(name),
                       .threshold = true,
                       .add = [value = value](const SweepPoint& point, std::string& text) {
                         if (point.answer.used() == nullptr) return;
                         if (const auto found = value(point.thresholds)) add_number(*found, text);
                       }});
  }
  return columns;
}

std::vector<std::string> sweep_column_names() {
  std::vector<std::string> names;
  for (const SweepColumn& column : sweep_columns({})) names.push_back(column.name);
  return names;
}

std::string csv_header(std::span<const SweepColumn> columns) {
  std::string text;
  for (const SweepColumn& column : columns) {
    if (!text.empty()) text += ',';
    text += column.name;
  }
  return text + '\n';
}

void add_csv_row(const SweepPoint& point, std::span<const SweepColumn> columns, std::string& text) {
  for (std::size_t at = 0; at < columns.size(); ++at) {
    if (at > 0) text += ',';
    columns[at].add(point, text);
  }
  text += '\n';
}

Json sweep_row_json(const SweepPoint& point, std::span<const std::string> axes, bool thresholds) {
  Json line;
  Json& values = line["axes"];
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    values[axes[axis]] = json_of(point.values[axis]);
  }
  const Prediction* const used = point.answer.used();
  if (used == nullptr) {
    put_null(line, "config", "nothing is feasible");
    line["reasons"] = reasons_json(point);
  } else {
    line["config"] = config_json(*point.problem, *used);
    line["tokens_per_rank"] = count(used->tokens);
    line["layer_s"] = used->layer.base();
    line["tpot_s"] = used->step.tpot.base();
    line["tokens_per_gpu_per_s"] = used->step.tokens_per_gpu_per_second;
    line["over_optimum"] = excess(*point.problem, *used, *point.answer.optimum);
    if (thresholds) line["thresholds"] = thresholds_json(*point.problem, point.thresholds);
  }
  return line;
}

void add_json_line(const SweepPoint& point,
                   std::span<const std::string> axes,
                   bool thresholds,
                   std::string& text) {
  const Json line = sweep_row_json(point, axes, thresholds);
  text += line.dump(-1, ' ', false, Json::error_handler_t::replace);
  text += '\n';
}

}  // namespace wideep
