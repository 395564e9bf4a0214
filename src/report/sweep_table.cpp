#include "report/sweep_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engines/dbo_threshold.h"
#include "report/limit_text.h"
#include "report/regime_map.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::array<const char*, 8> kHeadings = {
    "best", "TPOT", "tokens/s", "layer", "DBO from", "split", "chunks", "SMs"};
constexpr std::size_t kGap = 2;
constexpr std::string_view kNoConfig = "nothing is feasible";

/// The key, or of a long one its last parts.
std::string heading_of(std::string_view key) {
  constexpr std::size_t kMost = 20;
  while (key.size() > kMost && key.find('.') != key.npos) key.remove_prefix(key.find('.') + 1);
  return std::string(key);
}

/// "nothing is feasible: memory": by the rules that stand in the way, but for those of widths where
/// there are others.
std::string why_nothing(const SweepPoint& point) {
  std::vector<std::string_view> rules;
  const auto limits = reasons_at(*point.problem);
  const bool only_widths =
      std::ranges::all_of(limits, is_of_width, [](const auto& limit) { return limit.kind; });
  for (const BrokenLimit& limit : limits) {
    const std::string_view rule = rule_of(limit.kind);
    if (!only_widths && is_of_width(limit.kind)) continue;
    if (std::ranges::find(rules, rule) == rules.end()) rules.push_back(rule);
  }
  return fmt::format("{}: {}", kNoConfig, fmt::join(rules, ", "));
}

/// Of a column with such a heading; 0 where no row says anything.
std::size_t width_of(std::span<const TableRow> rows, std::size_t column, std::size_t heading) {
  std::size_t width = 0;
  for (const TableRow& row : rows) {
    // Why nothing is feasible may run on, beyond it is nothing.
    const std::size_t size = row[column].starts_with(kNoConfig) ? 1 : row[column].size();
    width = std::max(width, size);
  }
  return width == 0 ? 0 : std::max(width, heading);
}

std::string split_of(const Config& config) {
  if (config.overlap != Overlap::kDbo) return "";
  return fmt::format("{}+{}", config.first_tokens, config.tokens - config.first_tokens);
}

}  // namespace

TableRow table_row(const SweepPoint& point) {
  TableRow row = point.values;
  const Prediction* const used = point.answer.used();
  if (used == nullptr) {
    row.push_back(why_nothing(point));
    row.resize(point.values.size() + kHeadings.size());
    return row;
  }
  const Config& config = used->config;
  const auto from = engine_threshold(point.thresholds);
  row.push_back(regime_of(point));
  row.push_back(format(used->step.tpot));
  row.push_back(format_count(used->step.tokens_per_gpu_per_second));
  row.push_back(format(used->layer));
  row.push_back(from ? format_count(*from) : "");
  row.push_back(split_of(config));
  row.push_back(cuts_batch(config.overlap) ? format_count(config.chunks) : "");
  row.push_back(config.sms > 0 ? format_count(config.sms) : "");
  return row;
}

Text table_text(std::span<const std::string> axes,
                std::span<const TableRow> rows,
                const Display& display) {
  TableRow headings;
  for (const std::string& axis : axes) headings.push_back(heading_of(axis));
  headings.insert(headings.end(), kHeadings.begin(), kHeadings.end());
  const std::size_t keys = axes.size();
  const auto columns = static_cast<std::size_t>(display.columns);
  std::vector<std::size_t> widths;  // 0 where there is nothing to say, or no room
  std::vector<std::string_view> left_out;
  std::size_t total = 0;
  for (std::size_t column = 0; column < headings.size(); ++column) {
    std::size_t width = width_of(rows, column, headings[column].size());
    const bool fits = total + kGap + width <= columns;
    if (column > keys && width > 0 && (!fits || !left_out.empty())) {
      left_out.push_back(headings[column]);
      width = 0;
    }
    widths.push_back(width);
    if (width > 0) total += kGap + width;
  }
  const auto line = [&](const TableRow& row) {
    std::string text;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      if (widths[column] == 0) continue;
      const bool words = column == keys;  // the rest are numbers
      text += std::string(kGap, ' ');
      text += words ? fmt::format("{:<{}}", row[column], widths[column])
                    : fmt::format("{:>{}}", row[column], widths[column]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    // The rules behind it are said where there is room for them.
    const std::size_t nothing = text.find(kNoConfig);
    if (nothing != text.npos && text.size() > columns) text.resize(nothing + kNoConfig.size());
    return text;
  };
  Text text = plain_line(line(headings), Row::Tone::kHeading);
  text.rows.back().kind = Row::Kind::kAsItIs;
  for (const TableRow& row : rows) text += Text(line(row));
  if (!left_out.empty()) {
    text += plain_line(fmt::format("No room for {}: a wider terminal or --format csv has them.",
                                   fmt::join(left_out, ", ")));
  }
  return text;
}

}  // namespace wideep
