#include "engines/rules.h"

#include <utility>

namespace wideep {

std::string_view name_of(Grade grade) {
  switch (grade) {
    case Grade::kError:
      return "error";
    case Grade::kWarning:
      return "warning";
    case Grade::kAdvice:
      break;
  }
  return "advice";
}

std::vector<Warning> warnings_of(const Problem& problem,
                                 const Prediction& prediction,
                                 std::span<const Rule> rules) {
  std::vector<Warning> warnings;
  std::vector<std::string> messages;
  for (const Rule& rule : rules) {
    messages.clear();
    rule.find(problem, prediction, messages);
    for (std::string& message : messages) warnings.push_back({&rule, std::move(message)});
  }
  return warnings;
}

std::vector<Warning> warnings_of(const Problem& problem, const Prediction& prediction) {
  std::vector<Warning> warnings;
  for (const auto rules : {question_rules(), range_rules(), kernel_rules(), model_rules()}) {
    for (Warning& found : warnings_of(problem, prediction, rules)) {
      warnings.push_back(std::move(found));
    }
  }
  return warnings;
}

}  // namespace wideep
