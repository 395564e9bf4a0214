#include "logs/csv_columns.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "input/suggest.h"

namespace wideep {
namespace {

/// 'a', 'b' and 'c'; of many names the first few.
template <class Text>
std::string listed(const std::vector<Text>& names) {
  constexpr std::size_t kShown = 8;
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    const bool last = i + 1 == names.size();
    if (i > 0) list += last ? " and " : ", ";
    list += fmt::format("'{}'", names[i]);
  }
  if (names.size() > kShown) list += fmt::format(" and {} more", names.size() - kShown);
  return list;
}

}  // namespace

bool names_a_time(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return name == "time" || name.starts_with("time_") || has("_time") || has("latency") ||
         name.ends_with("_ns") || name.ends_with("_us") || name.ends_with("_ms");
}

ColumnFinder::ColumnFinder(const CsvHeader& header, const LogLine& line, LogSink& sink)
    : header_(header), line_(line), sink_(sink), used_(header.size(), false) {}

int ColumnFinder::find(std::initializer_list<std::string_view> names) {
  int found = CsvHeader::kAbsent;
  for (const std::string_view name : names) {
    known_.push_back(name);
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (header_.names()[i] == name && note_found(found, i)) found = static_cast<int>(i);
    }
  }
  return found;
}

void ColumnFinder::refuse_without_unit(std::string_view name, std::string_view example) {
  const int at = header_.find(name);
  if (at == CsvHeader::kAbsent) return;
  const auto column = static_cast<std::size_t>(at);
  used_[column] = true;
  fault(column, fmt::format("column '{}' has no unit", name), fmt::format("call it {}", example));
}

void ColumnFinder::require(bool there, std::string_view name) {
  if (!there) missing_.push_back(name);
}

bool ColumnFinder::finish(std::string_view what) {
  // A column whose unit is wanting would also be missing, which helps nobody.
  if (!missing_.empty() && !faulty_) {
    fault(0,
          fmt::format("this table of {} lacks the column{} {}",
                      what,
                      missing_.size() == 1 ? "" : "s",
                      listed(missing_)),
          likely());
  }
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!used_[i] && !header_.cased(i).empty()) unused.push_back(header_.cased(i));
  }
  if (!faulty_ && !unused.empty()) {
    sink_.note(fmt::format("columns that are not used: {}", listed(unused)));
  }
  return !faulty_;
}

std::string ColumnFinder::unit_after(std::size_t column, std::string_view stem) const {
  const std::string_view name = header_.names()[column];
  if (name.size() <= stem.size() + 1 || !name.starts_with(stem) || name[stem.size()] != '_') {
    return {};
  }
  return header_.cased(column).substr(stem.size() + 1);
}

bool ColumnFinder::note_found(int before, std::size_t column) {
  used_[column] = true;
  if (before == CsvHeader::kAbsent) return true;
  fault(column,
        fmt::format("columns '{}' and '{}' say the same",
                    header_.cased(static_cast<std::size_t>(before)),
                    header_.cased(column)),
        "keep one of them");
  return false;
}

void ColumnFinder::fault(std::size_t column, std::string message, std::string help) {
  faulty_ = true;
  sink_.fault({line_.number,
               header_.position(column),
               std::move(message),
               std::move(help),
               std::string(line_.text)});
}

/// Names in the header that are near to one that is missing.
std::string ColumnFinder::likely() const {
  std::vector<std::string_view> absent;
  std::copy_if(
      known_.begin(), known_.end(), std::back_inserter(absent), [&](std::string_view name) {
        return !header_.has(name);
      });
  // A table has few columns that are not ours, and a hostile one gets no more time than that.
  constexpr int kMostTried = 16;
  int tried = 0;
  std::string help;
  for (std::size_t i = 0; i < header_.size() && tried < kMostTried; ++i) {
    const std::string& name = header_.cased(i);
    if (used_[i] || name.empty()) continue;
    ++tried;
    if (const auto meant = suggest(name, absent)) {
      help += fmt::format("{}'{}' could be '{}'", help.empty() ? "" : ", ", name, *meant);
    }
  }
  return help;
}

}  // namespace wideep
