#include "logs/csv_table.h"

#include <algorithm>
#include <array>

namespace wideep {
namespace {

struct NamedType {
  std::string_view text;
  WireType type;
};

constexpr auto kTypes = std::to_array<NamedType>({{"bf16", kBf16},
                                                  {"bfloat16", kBf16},
                                                  {"fp16", kBf16},
                                                  {"float16", kBf16},
                                                  {"half", kBf16},
                                                  {"fp8", kFp8},
                                                  {"fp8_block", kFp8},
                                                  {"fp8_e4m3", kFp8},
                                                  {"float8_e4m3fn", kFp8},
                                                  {"nvfp4", kNvfp4},
                                                  {"fp4", kNvfp4},
                                                  {"logfmt10", kLogfmt10}});

}  // namespace

const WireType* wire_type(std::string_view text) {
  const auto* const found = std::find_if(
      kTypes.begin(), kTypes.end(), [&](const NamedType& type) { return type.text == text; });
  return found == kTypes.end() ? nullptr : &found->type;
}

void check_gate(const Gate& gate, CsvRow& row) {
  if (gate.groups_per_token > gate.groups) row.wrong("more groups a token than groups");
  if (!gate.experts) return;
  if (*gate.experts % gate.groups != 0) row.wrong("the experts do not make equal groups");
  if (gate.top_k > *gate.experts / gate.groups * gate.groups_per_token) {
    row.wrong("more experts a token than there are to choose from");
  }
}

}  // namespace wideep
