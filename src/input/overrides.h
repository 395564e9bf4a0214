#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "input/key_hint.h"
#include "input/node.h"

namespace wideep {

/// The trees that `--set key.path=value` may change; null where there is no such file. A key is
/// spelt as in a workload (`gpu.sms`), in a file that `check` is given alone also as it stands in
/// that file (`sms`).
struct InputTrees {
  Node* workload = nullptr;
  Node* fabric = nullptr;
  Node* search = nullptr;          ///< a search file of its own
  Node* model = nullptr;           ///< files that check is given alone
  Node* gpu = nullptr;             ///< likewise
  Node* kernel = nullptr;          ///< likewise
  std::string_view kernel_name{};  ///< by which `kernels.NAME` means `kernel`
};

/// What `--set` says, to be laid over files.
class Overrides {
 public:
  /// Reports an argument without "=", and a value that is not YAML. `sources` keeps the arguments'
  /// texts for messages; both must outlive this.
  Overrides(const std::vector<std::string>& arguments,
            std::deque<Source>& sources,
            Findings& findings);

  /// Lays each over the tree whose file has that key; missing maps on the way are made, and a
  /// preset's name there becomes a map that starts from the preset; `key=null` removes the key.
  void apply(const InputTrees& trees);

  /// Reports those that fitted no file, with the key that was probably meant.
  void report_unused() const;

 private:
  struct Override {
    Place place;
    std::string_view path;
    Node value;
    bool used = false;
  };

  /// Keeps the names of a fabric's kernels for hints.
  void see_kernels(const Node& kernels);

  /// Whether a path below `kernels` goes through a kernel's name; reports where that was left out.
  bool names_kernel(const Override& change, const Node& kernels);

  /// Reports, and takes away, kernels that only these made and that lack what every kernel has:
  /// their names are slips. `before`: the kernels as they were.
  void report_unmade_kernels(const Node& before, Node& fabric);

  Findings& findings_;
  std::vector<Override> overrides_;
  KernelNames kernels_;  ///< of the fabrics seen
};

}  // namespace wideep
