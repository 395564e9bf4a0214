#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "model/collective.h"

namespace wideep {

/// What programs, columns and people call an operation of a whole group.
enum class NamedCollective { kNone, kAllToAll, kAllReduce, kAllGather, kReduceScatter };

/// The operation that a name holds, in small letters or large, with or without marks between its
/// words; kNone where it holds none of these.
NamedCollective named_collective(std::string_view name);

/// As kernels of collectives have it; nothing of an all-to-all, or where there is none.
std::optional<CollectiveOp> operation_of(NamedCollective named);

/// Which collective a table of nccl-tests is of: as its header or the command before it names it,
/// else a text before it, else the file.
class NcclName {
 public:
  /// A header's, or a program's.
  void set(std::string_view name);

  /// What a text before the table calls it, however it is spelt; the last one counts.
  void see_prose(std::string_view text);

  /// Whether the program, or a header, is another than before.
  [[nodiscard]] bool is_new(std::string_view name) const { return name != name_; }
  [[nodiscard]] bool is_set() const { return !name_.empty(); }

  [[nodiscard]] NamedCollective collective(std::string_view file_name) const;

  /// What names it, without the file; empty where nothing does.
  [[nodiscard]] std::string_view text() const { return is_set() ? name_ : prose_; }

  /// Longer names are none.
  static constexpr std::size_t kMost = 64;

 private:
  static bool continues(std::string_view text, std::initializer_list<std::string_view> words);

  std::string name_;   ///< of the program; empty: nothing names it
  std::string prose_;  ///< the collective that a text before names; empty: none
  NamedCollective named_ = NamedCollective::kNone;  ///< by either
};

}  // namespace wideep
