#pragma once

#include <memory>
#include <string_view>

#include "logs/csv_row.h"
#include "logs/format.h"

namespace wideep {

/// One kind of table: what its rows say.
class CsvTable {
 public:
  virtual ~CsvTable() = default;

  /// What reports call it.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Passes on what the row says, or why it is of no use.
  virtual void take(CsvRow& row, LogSink& sink) = 0;
};

/// What a header line begins.
struct CsvBeginning {
  bool ours = false;  ///< also where there was a fault
  std::unique_ptr<CsvTable> table = nullptr;
};

/// NVIDIA AIConfigurator's tables, as CSV: DeepEP LL and HT, TensorRT-LLM's all-to-all, NCCL, and
/// experts, multi-head latent attention. They are told by their column names.
CsvBeginning begin_aiconfigurator_table(const CsvHeader& header, const LogHints& hints);

/// A table of communication with documented columns. Faults where it lacks one or a unit.
/// docs/measuring.md#csv
CsvBeginning begin_comm_table(const CsvHeader& header,
                              const LogHints& hints,
                              const LogLine& line,
                              LogSink& sink);

/// The same of experts.
CsvBeginning begin_expert_table(const CsvHeader& header, const LogLine& line, LogSink& sink);

/// The same of attention.
CsvBeginning begin_attention_table(const CsvHeader& header, const LogLine& line, LogSink& sink);

/// What tables call a number type, and what it comes to.
struct WireType {
  std::string_view name;  ///< as in CommSeries: "fp8", "bf16" ...
  double bytes = 0.0;     ///< of an element on the wire, scales included
};

// FP8 travels with a 4-byte scale for every 128 elements, NVFP4 with a byte for every 16; LogFMT is
// DeepEP's, 10 bits and two scales for every 128.
inline constexpr WireType kFp8{"fp8", 1.0 + 4.0 / 128};
inline constexpr WireType kBf16{"bf16", 2.0};
inline constexpr WireType kNvfp4{"nvfp4", 0.5 + 1.0 / 16};
inline constexpr WireType kLogfmt10{"logfmt10", 1.25 + 1.0 / 32};

/// The type of that name, or of another that it goes by. Null where it is not known.
const WireType* wire_type(std::string_view text);

/// A gate that cannot be makes the row wrong.
void check_gate(const Gate& gate, CsvRow& row);

}  // namespace wideep
