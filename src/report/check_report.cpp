#include "report/check_report.h"

#include <fmt/format.h>

namespace wideep {
namespace {

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

}  // namespace

std::string findings_text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    const std::string place =
        finding.line ? fmt::format("{}:{}", finding.file, *finding.line) : finding.file;
    text += fmt::format(
        "{}: {}: {} [{}]\n", place, name_of(finding.grade), finding.message, finding.rule);
    if (!finding.fix.empty()) text += fmt::format("  = fix: {}\n", finding.fix);
  }
  return text;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    Json json{{"rule", finding.rule},
              {"grade", name_of(finding.grade)},
              {"file", finding.file},
              {"line", nullptr},
              {"message", finding.message},
              {"fix", finding.fix}};
    if (finding.line) json["line"] = *finding.line;
    list.push_back(std::move(json));
  }
  return {{"findings", std::move(list)}};
}

}  // namespace wideep
