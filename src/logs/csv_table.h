#pragma once

#include <memory>
#include <string_view>

#include "logs/csv_row.h"
#include "logs/format.h"
#include "model/words.h"

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

/// NVIDIA AIConfigurator's tables, as CSV: DeepEP LL and HT, TensorRT-LLM's all-to-all, NCCL,
/// engines' all-reduce, experts, fused kernels and attention. They are told by their column names.
CsvBeginning begin_aiconfigurator_table(const CsvHeader& header, const LogHints& hints);

/// A table of communication with documented columns. Faults where it lacks one or a unit.
/// docs/measuring.md#csv
CsvBeginning begin_comm_table(const CsvHeader& header,
                              const LogHints& hints,
                              const LogLine& line,
                              LogSink& sink);

/// The same of collectives: all-reduce, all-gather and reduce-scatter.
CsvBeginning begin_collective_table(const CsvHeader& header, const LogLine& line, LogSink& sink);

/// The same of experts.
CsvBeginning begin_expert_table(const CsvHeader& header, const LogLine& line, LogSink& sink);

/// The same of a fused kernel, which it is where experts in all stand in the place of local ones.
CsvBeginning begin_fused_table(const CsvHeader& header,
                               const LogHints& hints,
                               const LogLine& line,
                               LogSink& sink);

/// The same of attention.
CsvBeginning begin_attention_table(const CsvHeader& header, const LogLine& line, LogSink& sink);

/// The same of what was served. docs/measuring.md#step
CsvBeginning begin_step_table(const CsvHeader& header, const LogLine& line, LogSink& sink);

/// Of kWireTypeWords the type of that name, or of another that it goes by in tables. Null where it
/// is not known.
const Word<Bytes>* wire_type(std::string_view text);

/// The same of a cell; empty where the cell is, or names none: the row is then wrong for `why`.
std::string read_type(CsvRow& row, int column, const char* why);

/// A gate that cannot be makes the row wrong.
void check_gate(const Gate& gate, CsvRow& row);

}  // namespace wideep
