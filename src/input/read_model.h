#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input/section.h"
#include "input/suggest.h"
#include "model/model_shape.h"

namespace wideep {

/// Something in a model's file that is not understood. A workload that states one of the keys does
/// without it; else it is an error.
struct Doubt {
  Place where;
  std::string message;
  std::vector<std::string_view> settled_by;
};

/// A model that was read.
struct ReadShape : ModelShape {
  std::vector<Doubt> doubts{};
  bool faulty = false;  ///< already reported: do not complain of what it lacks
};

/// A model whose faults are reported.
inline ReadShape faulty_shape() {
  ReadShape shape;
  shape.faulty = true;
  return shape;
}

/// What `own` says, and what it does not say as `model` says it.
ReadShape merged(const ReadShape& own, const ReadShape& model);

/// Reports what is in doubt, but for what `settled` says of a key that it is stated.
template <class Settled>
bool report_doubts(const ReadShape& shape, Settled settled, Findings& findings) {
  bool any = false;
  for (const Doubt& doubt : shape.doubts) {
    const auto& keys = doubt.settled_by;
    if (std::any_of(keys.begin(), keys.end(), settled)) continue;
    findings.report(
        doubt.where, doubt.message, keys.empty() ? "" : "state in the workload: " + joined(keys));
    any = true;
  }
  return any;
}

/// Reads the keys of a model shape from any section that may hold them. The keys are those of a
/// preset of kind model, docs/input.md#model.
ReadShape read_shape(Section& section);

/// Reads the value of the key `model`: a preset's name, the path of a Hugging Face config.json
/// (relative to the file that names it), or a map of keys.
ReadShape read_model(const Node& value, Findings& findings);

/// Reads a whole file as a model: a config.json where it has that format's keys, else our own.
ReadShape read_model_root(const Node& root, Findings& findings);

}  // namespace wideep
