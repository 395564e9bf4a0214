#include "logs/nccl_name.h"

#include <algorithm>
#include <array>

#include "logs/characters.h"
#include "logs/scan.h"

namespace wideep {

NamedCollective named_collective(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) letters += lower(c);
  }
  constexpr std::array<std::pair<std::string_view, NamedCollective>, 4> kNames = {
      {{"alltoall", NamedCollective::kAllToAll},
       {"allreduce", NamedCollective::kAllReduce},
       {"allgather", NamedCollective::kAllGather},
       {"reducescatter", NamedCollective::kReduceScatter}}};
  for (const auto& [word, meaning] : kNames) {
    if (letters.find(word) != std::string::npos) return meaning;
  }
  return NamedCollective::kNone;
}

std::optional<CollectiveOp> operation_of(NamedCollective named) {
  switch (named) {
    case NamedCollective::kAllReduce:
      return CollectiveOp::kAllReduce;
    case NamedCollective::kAllGather:
      return CollectiveOp::kAllGather;
    case NamedCollective::kReduceScatter:
      return CollectiveOp::kReduceScatter;
    case NamedCollective::kAllToAll:
    case NamedCollective::kNone:
      break;
  }
  return std::nullopt;
}

void NcclName::set(std::string_view name) {
  name_ = name.substr(0, kMost);
  named_ = named_collective(text());
}

void NcclName::see_prose(std::string_view text) {
  static constexpr Marker kAll("ll");
  static constexpr Marker kScatter("catter");
  constexpr std::size_t kLongest = 200;
  if (is_set() || text.size() > kLongest) return;
  for (std::size_t at = kAll.find(text); at != kNowhere; at = kAll.find(text, at + 1)) {
    if (at == 0 || lower(text[at - 1]) != 'a') continue;
    const std::string_view rest = text.substr(at + kAll.size());
    if (continues(rest, {"to", "all"})) prose_ = "alltoall";
    if (continues(rest, {"reduce"})) prose_ = "all_reduce";
    if (continues(rest, {"gather"})) prose_ = "all_gather";
  }
  if (kScatter.in(text) && named_collective(text) == NamedCollective::kReduceScatter) {
    prose_ = "reduce_scatter";
  }
  named_ = named_collective(prose_);
}

NamedCollective NcclName::collective(std::string_view file_name) const {
  if (!text().empty()) return named_;
  return named_collective(file_name.substr(file_name.rfind('/') + 1));
}

/// Whether a text goes on with these words, with or without blanks and dashes between.
bool NcclName::continues(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    text.remove_prefix(std::min(text.find_first_not_of(" -_"), text.size()));
    if (!equal_without_case(text.substr(0, word.size()), word)) return false;
    text.remove_prefix(word.size());
  }
  return true;
}

}  // namespace wideep
