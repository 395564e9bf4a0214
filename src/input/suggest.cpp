#include "input/suggest.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace wideep {
namespace {

/// No word that we know is nearly as long; a megabyte of text is no slip of the finger.
constexpr std::size_t kLongestWord = 64;

/// A word that begins a known one, unless so short that it begins many.
constexpr std::size_t kShortestStem = 4;

/// A part of known words, each of which may be meant.
constexpr std::size_t kShortestPart = 2;

/// Levenshtein distance in which two neighbours that change places count once (optimal string
/// alignment), by rows of the table.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);  // the row above `above`
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = above[j] + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({replaced, row[j] + 1, above[j + 1] + 1});
      const bool swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (swapped) row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
    }
  }
  return row.back();
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::optional<std::string_view> suggest(std::string_view word,
                                        std::span<const std::string_view> known) {
  if (word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = 1 + std::max<std::size_t>(1, word.size() / 3);
  for (const std::string_view candidate : known) {
    if (word.size() >= kShortestStem && candidate.starts_with(word)) return candidate;
    if (same_letters(word, candidate)) return candidate;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::vector<std::string_view> suggest_all(std::string_view word,
                                          std::span<const std::string_view> known) {
  std::vector<std::string_view> near;
  for (const std::string_view candidate : known) {
    const bool within = word.size() >= kShortestPart && word.size() < candidate.size() &&
                        candidate.find(word) != std::string_view::npos;
    if (within) near.push_back(candidate);
  }
  if (!near.empty()) return near;
  const auto one = suggest(word, known);
  if (one) near.push_back(*one);
  return near;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (at > 0) text += at + 1 == words.size() ? " or " : ", ";
    text += words[at];
  }
  return text;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  std::string text;
  const auto near = suggest_all(word, known);
  for (const std::string_view one : near) {
    text += text.empty() ? "did you mean '" : one == near.back() ? "' or '" : "', '";
    text += one;
  }
  return text.empty() ? "" : text + "'?";
}

}  // namespace wideep
