#include "report/limit_sentences.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Of messages that end differently, how many ends are named.
constexpr std::size_t kNamed = 8;

std::string ended(const std::string& alike, const std::vector<std::string>& ends) {
  const std::size_t named = std::min(ends.size(), kNamed);
  const auto last = ends.begin() + static_cast<std::ptrdiff_t>(named);
  const std::string more =
      named < ends.size() ? fmt::format(" and {} more", ends.size() - named) : "";
  return fmt::format("{}{}{}.", alike, fmt::join(ends.begin(), last, ", "), more);
}

LimitText without_elsewhere(LimitText limit) {
  const bool alone = limit.fix.size() == limit.elsewhere.size();
  limit.fix.resize(alone ? 0 : limit.fix.size() - limit.elsewhere.size() - kAnd.size());
  return limit;
}

}  // namespace

std::string sentence(const LimitText& limit) {
  return limit.fix.empty() ? limit.message + "."
                           : limit.message + std::string(kAnd) + limit.fix + ".";
}

std::vector<std::string> sentences_of(std::span<const LimitText> limits) {
  std::vector<std::string> sentences;
  std::map<std::string, std::pair<std::size_t, std::vector<std::string>>> alike;
  std::set<std::string> elsewhere;
  for (const LimitText& limit : limits) {
    if (!limit.alike.empty()) {
      auto& [at, ends] =
          alike.try_emplace(limit.alike, sentences.size(), std::vector<std::string>{})
              .first->second;
      ends.push_back(limit.message.substr(limit.alike.size()));
      if (ends.size() > 1) continue;
    }
    const bool again = !limit.elsewhere.empty() && !elsewhere.insert(limit.elsewhere).second;
    sentences.push_back(sentence(again ? without_elsewhere(limit) : limit));
  }
  for (const auto& [begin, told] : alike) {
    if (told.second.size() > 1) sentences[told.first] = ended(begin, told.second);
  }
  return sentences;
}

Text because(std::span<const LimitText> limits) {
  Text text;
  for (const std::string& each : sentences_of(limits)) text += labelled("  because", each);
  return text;
}

}  // namespace wideep
