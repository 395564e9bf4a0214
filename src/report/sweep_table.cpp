#include "report/sweep_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engines/dbo_threshold.h"
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

std::string split_of(const Config& config) {
  if (config.overlap != Overlap::kDbo) return "";
  return fmt::format("{}+{}", config.first_tokens, config.tokens - config.first_tokens);
}

}  // namespace

TableRow table_row(const SweepPoint& point) {
  TableRow row = point.values;
  const Prediction* const used = point.answer.used();
  if (used == nullptr) {
    row.emplace_back(kNoConfig);
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

std::string_view regime_in(const TableRow& row, std::size_t axes) {
  return row[axes] == kNoConfig ? std::string_view() : row[axes];
}

Text table_text(std::span<const std::string> axes,
                std::span<const TableRow> rows,
                const Display& display) {
  TableRow headings;
  for (const std::string& axis : axes) headings.push_back(heading_of(axis));
  headings.insert(headings.end(), kHeadings.begin(), kHeadings.end());
  const std::size_t keys = axes.size();
  std::vector<std::size_t> widths;
  std::size_t total = 0;
  for (std::size_t column = 0; column < headings.size(); ++column) {
    std::size_t width = headings[column].size();
    bool any = column <= keys;
    for (const TableRow& row : rows) {
      width = std::max(width, row[column].size());
      any = any || !row[column].empty();
    }
    const bool fits = total + kGap + width <= static_cast<std::size_t>(display.columns);
    if (!any) width = 0;  // nothing to say in any row
    if (any && !fits && column > keys) break;
    widths.push_back(width);
    total += any ? kGap + width : 0;
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
    return text;
  };
  Text text = plain_line(line(headings), Row::Tone::kHeading);
  text.rows.back().kind = Row::Kind::kAsItIs;
  for (const TableRow& row : rows) text += Text(line(row));
  return text;
}

}  // namespace wideep
