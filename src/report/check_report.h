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

/// What check has to say of a file beside its findings.
struct FileReport {
  std::string file;
  std::string kind{};     ///< "workload", "fabric" and so on
  std::string model{};    ///< what was read of the model; empty where there is none
  std::string verdict{};  ///< "sound and feasible" and so on; empty where there are findings
};

/// What check says: text and JSON are printed from it.
struct CheckReport {
  std::vector<Finding> findings;
  std::vector<FileReport> files;
};

/// "file:line: error: message [rule]", then the fix; one finding after the other. Then a line or
/// two a file.
std::string check_text(const CheckReport& report);

/// {"findings": [...], "files": [...]}
Json check_json(const CheckReport& report);

}  // namespace wideep
