#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "deploy/setting.h"

namespace wideep {

/// What stands in ${...}.
struct ShellParameter {
  enum class Kind {
    kPlain,      ///< ${X}
    kElements,   ///< ${X[@]}
    kDefault,    ///< ${X:-word}
    kAssign,     ///< ${X:=word}
    kIfSet,      ///< ${X:+word}
    kMustBeSet,  ///< ${X:?word}
    kUnknown     ///< anything else
  };
  Kind kind = Kind::kUnknown;
  std::string name{};
  TextExtent word{};      ///< of the text
  bool if_empty = false;  ///< with a colon: empty is as good as not set
};

/// Of the ${...} that is [begin, end) of a text.
ShellParameter shell_parameter(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace wideep
