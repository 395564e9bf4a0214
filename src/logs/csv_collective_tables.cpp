// All-reduce, all-gather and reduce-scatter in tables, and all-to-alls that stand beside them.
#include <algorithm>
#include <array>
#include <optional>

#include "input/ranges.h"
#include "logs/csv_aiconfigurator.h"
#include "logs/csv_columns.h"
#include "logs/nccl_name.h"
#include "logs/nccl_row.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// Columns and what they mean; those of a table without the others are absent.
struct CollectiveColumns {
  int op = CsvHeader::kAbsent;       ///< absent: an all-reduce
  int library = CsvHeader::kAbsent;  ///< absent: NCCL
  int kernel = CsvHeader::kAbsent;   ///< whose name may end in how it was launched
  int launch = CsvHeader::kAbsent;
  int dtype = CsvHeader::kAbsent;  ///< absent: of activations
  int ranks = CsvHeader::kAbsent;
  int size = CsvHeader::kAbsent;
  int device = CsvHeader::kAbsent;
  bool counts_elements = false;  ///< of the size, which is in bytes otherwise
  MeasuredColumn<Seconds> time = {};
};

/// Whose collectives a word of ours or an engine's name says they are.
std::optional<Library> library_named(std::string_view text) {
  constexpr std::array<Word<Library>, 4> kEngines = {{{"vllm", Library::kVllmAllReduce},
                                                      {"sglang", Library::kSglangAllReduce},
                                                      {"trtllm", Library::kTrtllmAllReduce},
                                                      {"tensorrt-llm", Library::kTrtllmAllReduce}}};
  for (const auto& [word, library] : kEngines) {
    if (equal_without_case(word, text)) return library;
  }
  const auto library = meaning_of(kLibraryWords, text);
  const bool has = library && (is_all_reduce(*library) || *library == Library::kNccl);
  return has ? library : std::nullopt;
}

class CollectiveTable : public CsvTable {
 public:
  CollectiveTable(std::string_view name, const CollectiveColumns& columns)
      : name_(name), columns_(columns) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  void take(CsvRow& row, LogSink& sink) override {
    if (is_eager(row)) return sink.skip("launched by the host call by call, whose time it is");
    const double element = element_of(row);
    const NamedCollective named = columns_.op == CsvHeader::kAbsent
                                      ? NamedCollective::kAllReduce
                                      : named_collective(row.text(columns_.op));
    const Bytes size(row.number(columns_.size, range::kTableVolume) *
                     (columns_.counts_elements ? element : 1.0));
    const int ranks = row.whole(columns_.ranks, range::kEpWidth);
    const Seconds time = row.time(columns_.time.column, columns_.time.one);
    if (named == NamedCollective::kAllToAll) {
      if (!row.good()) return sink.reject(row.why());
      return sink.add(all_to_all(row, ranks), row.run(), 0.0, size, time);
    }
    const auto op = operation_of(named);
    if (!op) return sink.skip("no all-to-all, all-reduce, all-gather or reduce-scatter");
    const bool known = row.good() && row.says(columns_.dtype);
    if (known && !is_activation_type(row.text(columns_.dtype))) return sink.skip(kOtherType);
    const auto library = library_of(row);
    if (!library) row.wrong("no library of collectives goes by that name");
    if (!row.good()) return sink.reject(row.why());
    if (ranks == 1) return sink.skip("a group of one rank, which sends nothing");
    sink.add({.library = *library, .op = *op, .ranks = ranks}, {.bytes = size, .time = time});
  }

 private:
  /// Timed with launches from the host, as its launch says or the ending of its kernel.
  [[nodiscard]] bool is_eager(const CsvRow& row) const {
    constexpr std::string_view kEager = "eager";
    if (row.says(columns_.launch)) return equal_without_case(row.text(columns_.launch), kEager);
    return row.text(columns_.kernel).ends_with(kEager);
  }

  [[nodiscard]] std::optional<Library> library_of(const CsvRow& row) const {
    if (!row.says(columns_.library)) return Library::kNccl;
    return library_named(row.text(columns_.library));
  }

  /// Bytes of an element; 0, and the row is wrong, where its type is not known.
  double element_of(CsvRow& row) const {
    constexpr double kHalf = 2.0;
    if (!row.says(columns_.dtype)) return kHalf;
    const std::string_view type = row.text(columns_.dtype);
    if (is_activation_type(type)) return kHalf;
    const int bytes = type == "fp8" ? 1 : type == "float32" ? 4 : bytes_of_type(type);
    if (bytes == 0) row.wrong("the type is not known");
    return bytes;
  }

  [[nodiscard]] CommSeries all_to_all(const CsvRow& row, int ranks) const {
    CommSeries series;
    series.kernel = "NCCL";
    series.direction = Direction::kEither;
    series.ep_width = ranks;
    series.gate.top_k = 0;
    series.gpus_per_domain = gpus_per_domain_of(row.text(columns_.device));
    return series;
  }

  std::string_view name_;
  CollectiveColumns columns_;
};

}  // namespace

/// nccl-tests, in ms. `message_size` counts elements of `nccl_dtype`: the same time stands at N
/// elements of half as at 2N of int8, and only then is 268,435,456 of them in 1.49 ms on 8 H100 the
/// 315 GB/s (bus) of NVLink.
std::unique_ptr<CsvTable> nccl_table(const CsvHeader& header) {
  return std::make_unique<CollectiveTable>(
      "AIConfigurator NCCL table",
      CollectiveColumns{.op = header.find("op_name"),
                        .dtype = header.find("nccl_dtype"),
                        .ranks = header.find("num_gpus"),
                        .size = header.find("message_size"),
                        .device = header.find("device"),
                        .counts_elements = true,
                        .time = {header.find("latency"), unit::ms}});
}

/// What engines run of their own, likewise.
std::unique_ptr<CsvTable> all_reduce_table(const CsvHeader& header) {
  return std::make_unique<CollectiveTable>(
      "AIConfigurator all-reduce table",
      CollectiveColumns{.op = header.find("op_name"),
                        .library = header.find("framework"),
                        .kernel = header.find("kernel_source"),
                        .dtype = header.find("allreduce_dtype"),
                        .ranks = header.find("num_gpus"),
                        .size = header.find("message_size"),
                        .device = header.find("device"),
                        .counts_elements = true,
                        .time = {header.find("latency"), unit::ms}});
}

CsvBeginning begin_collective_table(const CsvHeader& header, const LogLine& line, LogSink& sink) {
  const bool counts = header.has("ranks") || header.has("num_gpus");
  const bool says = header.has("op") || header.has("collective") || header.has("launch");
  const bool timed = std::any_of(header.names().begin(), header.names().end(), names_a_time);
  if (!counts || !says || !timed) return {};
  ColumnFinder finder(header, line, sink);
  const CollectiveColumns columns{
      .op = finder.find({"op", "collective"}),
      .library = finder.find({"library", "framework"}),
      .kernel = finder.find({"kernel_source"}),
      .launch = finder.find({"launch"}),
      .dtype = finder.find({"dtype"}),
      .ranks = finder.find({"ranks", "num_gpus"}),
      .size = finder.find({"bytes"}),
      .device = finder.find({"device"}),
      .time = finder.measured<Seconds>({"time", "latency"}, "time_us"),
  };
  const auto there = [](int column) { return column != CsvHeader::kAbsent; };
  finder.find({"version", "nccl_version"});  // one table has one
  // Of an engine's own it is an all-reduce.
  finder.require(there(columns.op) || there(columns.library), "op");
  finder.require(there(columns.size), "bytes");
  finder.require(columns.time.there(), "time_us");
  if (!finder.finish("collectives")) return {.ours = true};
  if (!there(columns.library)) sink.note("no column 'library': collectives are taken for NCCL's");
  if (!there(columns.dtype)) sink.note("no column 'dtype': sizes are taken for those of bf16");
  return {true, std::make_unique<CollectiveTable>("CSV of collectives", columns)};
}

}  // namespace wideep
