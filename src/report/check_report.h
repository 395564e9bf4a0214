#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/result_json.h"

namespace wideep {

enum class Grade { kError, kWarning, kAdvice };

/// One thing that check has to say of a sound file.
struct Finding {
  std::string rule;
  Grade grade = Grade::kError;
  std::string file;
  std::optional<int> line;
  std::string message;
  std::string fix;  ///< empty where there is nothing to do
};

/// "file:line: error: message [rule]", then the fix; one finding after the other.
std::string findings_text(const std::vector<Finding>& findings);

/// {"findings": [...]}
Json findings_json(const std::vector<Finding>& findings);

}  // namespace wideep
