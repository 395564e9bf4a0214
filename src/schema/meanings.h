#pragma once

#include <string>
#include <string_view>

namespace wideep {

/// docs/input.md, whose tables say what each key means.
extern const char* const kInputPage;

/// What a key means: the cells of its row in docs/input.md without links; empty where it has none.
struct Meaning {
  std::string values;
  std::string otherwise;  ///< what holds where the key is not given
  std::string text;
};

/// `section`: the anchor of the table, such as "workload", "fabric" or "kernel"; `key` as the row
/// has it, "traffic.rate".
Meaning key_meaning(std::string_view section, std::string_view key);

}  // namespace wideep
