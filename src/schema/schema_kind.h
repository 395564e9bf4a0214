#pragma once

#include <array>

#include "model/words.h"

namespace wideep {

/// What a schema is of: a kind of file, or a block of one that may stand in a file of its own.
enum class SchemaKind {
  kWorkload,
  kFabric,
  kCalibration,
  kSearch,
  kTraffic,
  kModel,
  kGpu,
  kKernel
};

inline constexpr std::array<Word<SchemaKind>, 8> kSchemaKindWords = {
    {{"workload", SchemaKind::kWorkload},
     {"fabric", SchemaKind::kFabric},
     {"calibration", SchemaKind::kCalibration},
     {"search", SchemaKind::kSearch},
     {"traffic", SchemaKind::kTraffic},
     {"model", SchemaKind::kModel},
     {"gpu", SchemaKind::kGpu},
     {"kernel", SchemaKind::kKernel}}};

}  // namespace wideep
