#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/rules.h"
#include "report/result_json.h"

namespace wideep {

/// One thing that check has to say of a file.
struct Finding {
  std::string rule;
  Grade grade = Grade::kError;
  Subject subject = Subject::kSearch;  ///< in a sound file
  std::string message;
  std::string fix;  ///< empty where there is nothing to do
  std::string file{};
  std::optional<int> line{};
};

/// What a sound question's widths, and the best configuration of it, call for; that there is none
/// is an error.
std::vector<Finding> findings_in(const Problem& problem);

/// What was read of a model only nearly, or does not go with its name or the files beside it.
std::vector<Finding> findings_in(const ModelSummary& model);

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
