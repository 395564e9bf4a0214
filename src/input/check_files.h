#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "input/file_kind.h"
#include "model/planning.h"
#include "model/problem.h"

namespace wideep {

/// Files to be checked together.
struct CheckRequest {
  std::vector<std::string> files{};      ///< paths, one of which may be "-"
  std::map<std::string, Source> read{};  ///< those that were read already, by path
  /// For workloads; unset: their own, or the first among `files`.
  std::optional<std::string> fabric{};
  std::vector<std::string> set{};  ///< key.path=value, for every file that has such a key
  /// The folder below which the files and those that they name must lie; unset: of each file, the
  /// one that it lies in.
  std::optional<std::string> root{};
};

/// A sound file.
struct CheckedFile {
  std::string path;
  FileKind kind = FileKind::kWorkload;
  std::optional<Problem> problem{};     ///< of a workload with a fabric
  std::optional<PlanQuestion> plan{};   ///< of one with traffic, instead
  std::optional<ModelSummary> model{};  ///< of a model, or a workload's
  std::optional<int> tokens_line{};     ///< of tokens_per_rank, in a workload
  std::optional<int> ep_width_line{};   ///< of search.ep_width
};

/// Tells by their keys what kind of file each of these is, and reads it as such. Each is read once.
/// Throws InputError naming every fault of all of them, and every --set that fits none.
std::vector<CheckedFile> check_files(const CheckRequest& request);

}  // namespace wideep
