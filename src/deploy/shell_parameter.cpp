#include "deploy/shell_parameter.h"

#include <algorithm>

#include "deploy/shell_nesting.h"

namespace wideep {
namespace {

ShellParameter::Kind kind_of(char sign) {
  using Kind = ShellParameter::Kind;
  switch (sign) {
    case '-':
      return Kind::kDefault;
    case '=':
      return Kind::kAssign;
    case '+':
      return Kind::kIfSet;
    case '?':
      return Kind::kMustBeSet;
    default:
      return Kind::kUnknown;
  }
}

/// Of "$1", which has a number for a name.
std::size_t digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

}  // namespace

ShellParameter shell_parameter(std::string_view text, std::size_t begin, std::size_t end) {
  using Kind = ShellParameter::Kind;
  ShellParameter found;
  const std::size_t from = begin + 2;
  if (end <= from || text[end - 1] != '}') return found;
  std::string_view inside = text.substr(from, end - 1 - from);
  const std::size_t length = std::max(name_length(inside), digits(inside));
  if (length == 0) return found;
  found.name = inside.substr(0, length);
  inside.remove_prefix(length);
  const bool positional = digits(found.name) > 0;
  if (inside.empty()) {
    if (!positional) found.kind = Kind::kPlain;
    return found;
  }
  if (inside == "[@]" || inside == "[*]") {
    found.kind = Kind::kElements;
    return found;
  }
  found.if_empty = inside.front() == ':';
  if (found.if_empty) inside.remove_prefix(1);
  if (inside.empty()) return found;
  found.kind = kind_of(inside.front());
  // What is assigned to a number is refused by shells.
  if (positional && found.kind == Kind::kAssign) found.kind = Kind::kUnknown;
  found.word = {end - inside.size(), end - 1};
  return found;
}

}  // namespace wideep
