#pragma once

#include "fit/kernel_law.h"

namespace wideep {

/// A phase of a kernel as it is written, and which of its bandwidths are the base's.
struct WrittenPhase {
  LinkPhase phase;
  bool up_is_base = false;
  bool out_is_base = false;
};

/// The law's phase, with the base's bandwidth of a tier that no measurement was bound by, where
/// that contradicts none.
WrittenPhase written_phase(const KernelLaw& law, const LinkPhase* base);

}  // namespace wideep
