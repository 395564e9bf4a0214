#include "input/section.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/near_quantity.h"
#include "input/suggest.h"
#include "units/format_quantity.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

template <class T>
std::string outside(const std::string& path, Range<T> range) {
  return fmt::format("'{}' must be from {}", path, text_of(range));
}

std::optional<long long> parse_whole(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Long scalars would flood the message.
std::string in_quotes(std::string_view word) {
  constexpr std::size_t kShown = 40;
  if (word.size() <= kShown) return fmt::format("'{}'", word);
  return fmt::format("'{}...'", word.substr(0, kShown));
}

/// What helps where a key stands without a value.
std::string help_without_value(const Node& value) {
  return value.kind == Node::Kind::kNull ? "it has no value: give one, or leave the key out" : "";
}

}  // namespace

Section::Section(const Node* node, std::string path, Findings& findings)
    : node_(node), path_(std::move(path)), findings_(&findings) {
  if (node_ != nullptr && !node_->is_map()) {
    const std::string what = path_.empty() ? "the file" : fmt::format("'{}'", path_);
    findings_->report(node_->place,
                      what + " must be a mapping of keys to values",
                      path_.empty() ? "" : help_without_value(*node_));
    node_ = nullptr;  // say nothing of the keys inside
  }
}

const Node* Section::find(std::string_view key) {
  asked_.push_back(key);
  static_cast<void>(is_recording() ? asked_at(path_of(key)) : nullptr);
  return node_ == nullptr ? nullptr : node_->find(key);
}

bool Section::is_word(std::string_view key, std::string_view word) {
  const Node* const value = find(key);
  if (is_recording()) record_words(path_of(key), {word}, false);
  return value != nullptr && value->is_scalar() && value->text == word;
}

void Section::takes(std::string_view key, std::string_view what, std::string_view pattern) {
  if (!is_recording()) return;
  record(path_of(key), {.expected = std::string(what), .pattern = std::string(pattern)});
}

void Section::takes_list(std::string_view key, std::string_view what, std::string_view pattern) {
  takes(key, what, pattern);
  if (is_recording()) asked_at(path_of(key))->list = true;
}

std::optional<int> Section::whole_of(const Node& value, const std::string& path, Range<int> range) {
  if (is_recording()) record_range(path, range);
  const auto number = value.is_scalar() ? parse_whole(value.text) : std::nullopt;
  if (!number) {
    const bool big = value.is_scalar() && parse_number(value.text).has_value();
    findings_->report(
        value.place,
        fmt::format("'{}' must be a whole number{}", path, big ? " from " + text_of(range) : ""),
        help_without_value(value));
    return std::nullopt;
  }
  if (*number < range.low || *number > range.high) {
    findings_->report(value.place, outside(path, range));
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

std::optional<int> Section::whole(std::string_view key, Range<int> range) {
  if (is_recording()) record_range(path_of(key), range);
  const Node* const value = find(key);
  if (value == nullptr) return std::nullopt;
  return whole_of(*value, path_of(key), range);
}

std::optional<std::vector<int>> Section::whole_list(std::string_view key, Range<int> range) {
  if (is_recording()) {
    record_range(path_of(key), range);
    asked_at(path_of(key))->list = true;
  }
  const Node* const value = find(key);
  if (value == nullptr) return std::nullopt;
  std::vector<int> found;
  for (const Node* item : items_of(*value, path_of(key))) {
    if (const auto number = whole_of(*item, path_of(key), range)) found.push_back(*number);
  }
  if (found.empty()) return std::nullopt;
  return found;
}

std::optional<double> Section::number_of(const Node& value,
                                         const std::string& path,
                                         Range<double> range) {
  if (is_recording()) record_range(path, range);
  const auto parsed = value.is_scalar() ? parse_number(value.text) : std::nullopt;
  if (!parsed) {
    findings_->report(
        value.place, fmt::format("'{}' must be a number", path), help_without_value(value));
    return std::nullopt;
  }
  if (*parsed < range.low || *parsed > range.high) {
    findings_->report(value.place, outside(path, range));
    return std::nullopt;
  }
  return parsed;
}

std::optional<double> Section::number(std::string_view key, Range<double> range) {
  if (is_recording()) record_range(path_of(key), range);
  const Node* const value = find(key);
  if (value == nullptr) return std::nullopt;
  return number_of(*value, path_of(key), range);
}

std::optional<double> Section::share(std::string_view key, Range<double> range) {
  if (is_recording()) record_share(path_of(key), range);
  const Node* const value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto parsed = value->is_scalar() ? parse_share(value->text) : std::nullopt;
  if (!parsed) {
    findings_->report(value->place,
                      fmt::format("'{}' must be a share, such as 5% or 0.05", path_of(key)),
                      help_without_value(*value));
    return std::nullopt;
  }
  if (*parsed < range.low || *parsed > range.high) {
    findings_->report(value->place,
                      fmt::format("'{}' must be from {} to {}",
                                  path_of(key),
                                  format_percent(range.low),
                                  format_percent(range.high)));
    return std::nullopt;
  }
  return parsed;
}

std::optional<std::string> Section::text(std::string_view key) {
  takes(key, "a text");
  const Node* const value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_scalar()) {
    findings_->report(
        value->place, fmt::format("'{}' must be a text", path_of(key)), help_without_value(*value));
    return std::nullopt;
  }
  return value->text;
}

template <class Q>
std::optional<Q> Section::quantity_of(const Node& value, const std::string& path, Range<Q> range) {
  if (is_recording()) record_range(path, range);
  const auto parsed = value.is_scalar() ? parse_quantity<Q>(value.text) : std::nullopt;
  if (!parsed) {
    const bool bare = value.is_scalar() && parse_number(value.text).has_value();
    findings_->report(value.place,
                      bare ? fmt::format("'{}' has no unit", path)
                           : fmt::format("'{}' must be {}", path, expected_quantity<Q>()),
                      bare                ? fmt::format("write {}", expected_quantity<Q>())
                      : value.is_scalar() ? near_quantity<Q>(value.text)
                                          : help_without_value(value));
    return std::nullopt;
  }
  if (*parsed < range.low || *parsed > range.high) {
    findings_->report(value.place, outside(path, range));
    return std::nullopt;
  }
  return parsed;
}

std::vector<const Node*> Section::items_of(const Node& value, const std::string& path) {
  if (is_recording()) asked_at(path)->list = true;
  if (value.kind != Node::Kind::kSequence) return {&value};
  std::vector<const Node*> items;
  for (const Node& item : value.items) items.push_back(&item);
  if (items.empty()) findings_->report(value.place, fmt::format("'{}' must not be empty", path));
  return items;
}

void Section::report(std::string_view key, std::string message, std::string help) {
  if (node_ == nullptr) return;
  const Node* const value = node_->find(key);
  findings_->report(
      value == nullptr ? node_->place : value->place, std::move(message), std::move(help));
}

void Section::report_word(const Node& value,
                          const std::string& path,
                          const std::vector<std::string_view>& words) {
  findings_->report(
      value.place,
      value.is_scalar()
          ? fmt::format("'{}' must be {}, not {}", path, joined(words), in_quotes(value.text))
          : fmt::format("'{}' must be {}", path, joined(words)),
      value.is_scalar() ? did_you_mean(value.text, words) : "");
}

void Section::report_unknown(const Node& key) {
  const std::string name = key.is_scalar() ? key.text : "?";
  const auto near = suggest(name, asked_);
  std::string help;
  if (near) {
    help = fmt::format("did you mean '{}'?", *near);
  } else if (path_.empty() && holds(kSearchKeys, name)) {
    help = "it stands below 'search:' of a workload";
  }
  findings_->report(
      key.place, fmt::format("unknown key {}", in_quotes(path_of(name))), std::move(help));
  if (near) {
    std::erase_if(missing_, [&](const Missing& missing) { return missing.key == *near; });
  }  // one slip, one fault
}

void Section::finish() {
  if (node_ == nullptr) return;
  if (is_recording()) record_absent();
  for (const Entry& entry : node_->entries) {
    const bool known = entry.key.is_scalar() &&
                       std::find(asked_.begin(), asked_.end(), entry.key.text) != asked_.end();
    if (!known) report_unknown(entry.key);
  }
  for (const auto& [key, help] : missing_) {
    findings_->report(node_->place, fmt::format("missing key '{}'", path_of(key)), help);
  }
}

void Section::record_absent() const {
  ++asked_at(path_)->readings;
  std::vector<std::string_view> keys = asked_;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const std::string_view key : keys) {
    ++asked_at(path_of(key))->asked_for;
    if (has(key)) continue;
    const bool missed = std::any_of(missing_.begin(), missing_.end(), [&](const Missing& missing) {
      return missing.key == key;
    });
    Asked& asked = *asked_at(path_of(key));
    ++(missed ? asked.missed : asked.spared);
  }
}

std::string Section::path_of(std::string_view key) const {
  // Asked for each key, for a message that is seldom written.
  std::string path;
  path.reserve(path_.size() + 1 + key.size());
  path += path_;
  if (!path.empty()) path += '.';
  path += key;
  return path;
}

template std::optional<Seconds> Section::quantity_of(const Node&,
                                                     const std::string&,
                                                     Range<Seconds>);
template std::optional<Bytes> Section::quantity_of(const Node&, const std::string&, Range<Bytes>);
template std::optional<FlopPerSecond> Section::quantity_of(const Node&,
                                                           const std::string&,
                                                           Range<FlopPerSecond>);
template std::optional<BytesPerSecond> Section::quantity_of(const Node&,
                                                            const std::string&,
                                                            Range<BytesPerSecond>);

}  // namespace wideep
