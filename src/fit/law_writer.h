#pragma once

#include "fit/kernel_law.h"
#include "fit/law_forms.h"
#include "fit/max_affine.h"

namespace wideep {

/// Writes the numbers of a form's solution out as the law's phase and parameters.
void write_law(const LawData& data, const LawForm& form, const Solution& solution, KernelLaw& law);

}  // namespace wideep
