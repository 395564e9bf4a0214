#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/problem.h"

namespace wideep {

/// Where a problem is read from, as the command line gives it.
struct ProblemFiles {
  std::string workload;               ///< path, or "-"
  std::optional<std::string> fabric;  ///< path, "-" or a preset; unset: the workload's key `fabric`
  std::optional<std::string> search;  ///< path of a search file, instead of the workload's block
  std::vector<std::string> set;       ///< key.path=value
};

/// Reads a whole problem. Throws InputError naming every fault of every file at once.
Problem read_problem(const ProblemFiles& files);

/// What a single file turns out to be.
enum class FileKind { kWorkload, kFabric, kSearch, kModel, kKernel, kGpu };

/// "workload", "fabric", "search", "model", "kernel" or "gpu".
std::string_view name_of(FileKind kind);

/// Files to be checked together.
struct CheckRequest {
  std::vector<std::string> files;  ///< paths, one of which may be "-"
  std::optional<std::string>
      fabric;                    ///< for workloads; unset: their own, or the first among `files`
  std::vector<std::string> set;  ///< key.path=value, for the workloads and fabrics
};

/// A sound file.
struct CheckedFile {
  std::string path;
  FileKind kind = FileKind::kWorkload;
  std::optional<Problem> problem{};     ///< of a workload with a fabric
  std::optional<ModelSummary> model{};  ///< of a model, or a workload's
  std::optional<int> tokens_line{};     ///< of tokens_per_rank, in a workload
  std::optional<int> ep_width_line{};   ///< of search.ep_width
};

/// Tells by their keys what kind of file each of these is, and reads it as such; a Hugging Face
/// config.json is a model. Each is read once. Throws InputError naming every fault of all of them.
std::vector<CheckedFile> check_files(const CheckRequest& request);

}  // namespace wideep
