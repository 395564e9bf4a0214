// How the model was read.
#include <array>

#include "engines/rules.h"

namespace wideep {
namespace {

/// What was read only nearly, and a count that does not go with what is expected.
void read_nearly(const Problem& problem, const Prediction& /*prediction*/, Messages& messages) {
  messages = reading_faults(problem.workload.figures.read);
}

constexpr std::array<Rule, 1> kModelRules = {
    {{"model_read", Grade::kAdvice, Subject::kModel, "", read_nearly}}};

}  // namespace

std::span<const Rule> model_rules() {
  return kModelRules;
}

}  // namespace wideep
