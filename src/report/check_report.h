#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engines/rules.h"
#include "report/deployment_report.h"
#include "report/result_json.h"
#include "report/text.h"

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
  std::optional<int> column{};
  std::string excerpt{};  ///< the line with a caret below, whole lines; empty where none is shown
  std::string role{};     ///< of a deployment; empty elsewhere
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
  std::string verdict{};  ///< "sound and feasible" and so on; empty where there are errors
  std::optional<DeploymentReport> deployment{};  ///< of a file that starts engines
};

/// What check says: text and JSON are printed from it.
struct CheckReport {
  std::vector<Finding> findings;
  std::vector<FileReport> files;
};

/// "file:line:column: error: message [rule]", the line with a caret, then the fix; one finding
/// after the other. Then some lines a file.
Text check_text(const CheckReport& report);

/// {"findings": [...], "files": [...], "deployment": ...}
Json check_json(const CheckReport& report);

/// The findings for machines that show them beside the files. GitHub's workflow commands, a line
/// each; SARIF 2.1.0; JUnit's XML with a test case for each file.
std::string check_github(const CheckReport& report);
Json check_sarif(const CheckReport& report);
std::string check_junit(const CheckReport& report);

}  // namespace wideep
