#include "logs/csv_table.h"

#include <algorithm>
#include <array>

namespace wideep {
namespace {

/// What tables call the types beside our words, and the word.
constexpr auto kOtherNames = std::to_array<Word<std::string_view>>({{"bfloat16", "bf16"},
                                                                    {"fp16", "bf16"},
                                                                    {"float16", "bf16"},
                                                                    {"half", "bf16"},
                                                                    {"fp8_block", "fp8"},
                                                                    {"fp8_e4m3", "fp8"},
                                                                    {"float8_e4m3fn", "fp8"},
                                                                    {"fp4", "nvfp4"}});

}  // namespace

const Word<Bytes>* wire_type(std::string_view text) {
  const std::string_view word = meaning_of(kOtherNames, text).value_or(text);
  const auto* const found =
      std::find_if(kWireTypeWords.begin(), kWireTypeWords.end(), [&](const Word<Bytes>& type) {
        return type.first == word;
      });
  return found == kWireTypeWords.end() ? nullptr : found;
}

std::string read_type(CsvRow& row, int column, const char* why) {
  if (!row.says(column)) return "";
  const Word<Bytes>* const type = wire_type(row.text(column));
  if (type == nullptr) row.wrong(why);
  return type == nullptr ? "" : std::string(type->first);
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
