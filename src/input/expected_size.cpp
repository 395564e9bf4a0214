#include "input/expected_size.h"

#include <array>
#include <cctype>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// Names are rounded, and count embeddings or drafting layers or not; an index counts bytes.
constexpr double kNameTolerance = 0.10;
constexpr double kIndexTolerance = 0.05;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool is_letter_or_digit(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// "235b" -> 235e9; nothing where the word is no size.
std::optional<double> size_of(std::string_view word) {
  constexpr double kBillion = 1e9;
  constexpr double kTrillion = 1e12;
  if (word.size() < 2 || !is_digit(word[0])) return std::nullopt;
  const char last = static_cast<char>(std::tolower(static_cast<unsigned char>(word.back())));
  const double unit = last == 'b' ? kBillion : last == 't' ? kTrillion : 0.0;
  const auto number = parse_number(std::string(word.substr(0, word.size() - 1)));
  if (unit == 0.0 || !number || *number <= 0.0) return std::nullopt;
  return *number * unit;
}

/// "16e": so many experts, beside which a size is that of what a token uses.
bool counts_experts(std::string_view word) {
  if (word.size() < 2 || (word.back() != 'E' && word.back() != 'e')) return false;
  for (const char c : word.substr(0, word.size() - 1)) {
    if (!is_digit(c)) return false;
  }
  return true;
}

std::vector<std::string_view> words_of(std::string_view name) {
  std::vector<std::string_view> words;
  for (std::size_t from = 0; from < name.size();) {
    std::size_t end = from;
    const auto inside = [&](std::size_t at) {
      const bool point = name[at] == '.' && at > from && at + 1 < name.size() &&
                         is_digit(name[at - 1]) && is_digit(name[at + 1]);
      return is_letter_or_digit(name[at]) || point;
    };
    while (end < name.size() && inside(end)) ++end;
    if (end > from) words.push_back(name.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

std::optional<double> size_in_part(std::string_view part) {
  std::optional<double> size;
  for (const std::string_view word : words_of(part)) {
    if (counts_experts(word)) return std::nullopt;
    if (!size) size = size_of(word);
  }
  return size;
}

/// The number behind a key of a JSON text, of which only the beginning is at hand.
std::optional<double> number_after(const std::string& text, std::string_view key) {
  const std::size_t at = text.find(fmt::format("\"{}\"", key));
  if (at == std::string::npos) return std::nullopt;
  std::size_t from = text.find_first_not_of(" \t\r\n:", at + key.size() + 2);
  if (from == std::string::npos) return std::nullopt;
  const std::size_t end = text.find_first_not_of("0123456789.eE+", from);
  if (end == std::string::npos || end == from) return std::nullopt;
  const auto number = parse_number(text.substr(from, end - from));
  return number && *number > 0.0 ? number : std::nullopt;
}

/// metadata stands at the beginning of the index, before a long list of tensors.
std::optional<ExpectedSize> size_in_index(const Node& root) {
  constexpr const char* kName = "model.safetensors.index.json";
  constexpr std::size_t kHead = 65'536;
  const auto head = head_beside(*root.place.source, kName, kHead);
  if (!head) return std::nullopt;
  ExpectedSize size{.source = kName, .tolerance = kIndexTolerance};
  if (const auto bytes = number_after(*head, "total_size")) size.bytes = Bytes(*bytes);
  size.parameters = number_after(*head, "total_parameters");
  if (!size.bytes && !size.parameters) return std::nullopt;
  return size;
}

}  // namespace

std::optional<ExpectedSize> size_in_name(std::string_view name) {
  constexpr int kFolders = 4;  // of a path: beyond them nothing is about the model
  for (int looked = 0; looked < kFolders && !name.empty(); ++looked) {
    const std::size_t slash = name.find_last_of('/');
    const std::string_view part = slash == std::string_view::npos ? name : name.substr(slash + 1);
    if (const auto size = size_in_part(part)) {
      return ExpectedSize{.parameters = size,
                          .source = fmt::format("the name '{}'", part),
                          .tolerance = kNameTolerance};
    }
    if (slash == std::string_view::npos) break;
    name = name.substr(0, slash);
  }
  return std::nullopt;
}

std::optional<ExpectedSize> expected_size(const Node& root) {
  if (auto size = size_in_index(root)) return size;
  if (const Node* const name = root.find("_name_or_path"); name != nullptr && name->is_scalar()) {
    if (auto size = size_in_name(name->text)) return size;
  }
  return size_in_name(root.place.source->name);
}

void expect_size_in_name(const std::string& name, ModelShape& shape) {
  // A preset that is changed need not be as large as its name says.
  const bool changed = name.find(',') != std::string::npos;
  if (!shape.expected && !changed) shape.expected = size_in_name(name);
}

}  // namespace wideep
