#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "input/read_model.h"
#include "model/placement.h"
#include "model/planning.h"

namespace wideep {

/// What stands in files and presets that a workload names, by their names as it has them: read once
/// where the same workload is read again and again. Of sound ones alone.
struct KnownFiles {
  std::map<std::string, ReadShape> models;
  std::map<std::string, std::shared_ptr<const ExpertCounts>> counts;
  std::optional<std::vector<RequestLength>> lengths = {};  ///< of a plan's requests
};

/// read_model(), or what is known of a file or preset; null: nothing is.
ReadShape read_once(const Node& model, Findings& findings, KnownFiles* known);

}  // namespace wideep
