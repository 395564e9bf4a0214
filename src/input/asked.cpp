#include "input/asked.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "units/format_quantity.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

Recording*& recording() {
  thread_local Recording* in_force = nullptr;
  return in_force;
}

std::string said(int value) {
  return format_count(value);
}
std::string said(double value) {
  return format_number(value);
}
template <class Q>
std::string said(Q value) {
  return format(value);
}

/// What a path is followed by where the key of a table is meant: "latency (EP width)".
constexpr std::string_view kKeyOfTable = " (";

}  // namespace

void Asked::take(Taken how) {
  if (std::find(taken.begin(), taken.end(), how) == taken.end()) taken.push_back(std::move(how));
}

const Asked* Asked::find(std::string_view key) const {
  for (const AskedKey& each : keys) {
    if (each.name == key) return &each.value;
  }
  return nullptr;
}

bool Asked::needs(const AskedKey& key) const {
  const Asked& value = key.value;
  return value.missed > 0 && value.spared == 0 && value.asked_for == readings;
}

Asked& Asked::at(std::string_view path) {
  if (path.empty()) return *this;
  const std::size_t dot = path.find('.');
  const std::string_view key = path.substr(0, dot);
  const std::string_view rest = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  for (AskedKey& each : keys) {
    if (each.name == key) return each.value.at(rest);
  }
  if (each_of) {
    if (in_table.empty()) in_table.emplace_back();
    return in_table.front().at(rest);
  }
  return keys.emplace_back(AskedKey{std::string(key), {}}).value.at(rest);
}

Recording::Recording() {
  recording() = this;
}

Recording::~Recording() {
  recording() = nullptr;
}

Asked* asked_at(std::string_view path) {
  if (recording() == nullptr) return nullptr;
  return &recording()->asked.at(path);
}

bool is_recording() {
  return recording() != nullptr;
}

void record(std::string_view path, Taken how) {
  if (recording() == nullptr) return;
  const std::size_t end = path.find(kKeyOfTable);
  Asked& at = recording()->asked.at(path.substr(0, end));
  if (end == std::string_view::npos) {
    at.take(std::move(how));
  } else {
    at.each_of = std::move(how);
  }
}

template <class Q>
std::string text_of(Range<Q> range) {
  return fmt::format("{} to {}", said(range.low), said(range.high));
}

template <class Q>
void record_range(std::string_view path, Range<Q> range) {
  if constexpr (std::is_arithmetic_v<Q>) {
    record(path,
           {.as = std::is_same_v<Q, int> ? Taken::As::kWhole : Taken::As::kNumber,
            .low = 1.0 * range.low,
            .high = 1.0 * range.high,
            .expected = text_of(range)});
  } else {
    record(path,
           {.as = Taken::As::kQuantity,
            .expected = fmt::format("{}, from {}", expected_quantity<Q>(), text_of(range)),
            .pattern = quantity_pattern<Q>()});
  }
}

void record_share(std::string_view path, Range<double> range) {
  record(
      path,
      {.as = Taken::As::kShare,
       .low = range.low,
       .high = range.high,
       .expected = fmt::format(
           "from {} to {}, as 5% or 0.05", format_percent(range.low), format_percent(range.high))});
}

void record_words(std::string_view path, const std::vector<std::string_view>& words, bool list) {
  record(path, {.as = Taken::As::kWord, .words = {words.begin(), words.end()}});
  if (list && is_recording()) asked_at(path)->list = true;
}

template std::string text_of(Range<int>);
template std::string text_of(Range<double>);
template void record_range(std::string_view, Range<int>);
template void record_range(std::string_view, Range<double>);
template std::string text_of(Range<Seconds>);
template std::string text_of(Range<Bytes>);
template std::string text_of(Range<BytesPerSecond>);
template std::string text_of(Range<FlopPerSecond>);
template void record_range(std::string_view, Range<Seconds>);
template void record_range(std::string_view, Range<Bytes>);
template void record_range(std::string_view, Range<BytesPerSecond>);
template void record_range(std::string_view, Range<FlopPerSecond>);

}  // namespace wideep
