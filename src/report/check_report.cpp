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

void put_or_null(Json& json, const char* name, const std::string& text, const char* reason) {
  if (text.empty()) {
    json[name] = nullptr;
    json[std::string(name) + "_reason"] = reason;
  } else {
    json[name] = text;
  }
}

}  // namespace

std::string check_text(const CheckReport& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    const std::string place =
        finding.line ? fmt::format("{}:{}", finding.file, *finding.line) : finding.file;
    text += fmt::format(
        "{}: {}: {} [{}]\n", place, name_of(finding.grade), finding.message, finding.rule);
    if (!finding.fix.empty()) text += fmt::format("  = fix: {}\n", finding.fix);
  }
  for (const FileReport& file : report.files) {
    if (!file.model.empty()) text += fmt::format("{}: {}\n", file.file, file.model);
    if (!file.verdict.empty()) {
      text += fmt::format("{}: {}, {}\n", file.file, file.kind, file.verdict);
    }
  }
  return text;
}

Json check_json(const CheckReport& report) {
  Json list = Json::array();
  for (const Finding& finding : report.findings) {
    Json json{{"rule", finding.rule},
              {"grade", name_of(finding.grade)},
              {"file", finding.file},
              {"line", nullptr},
              {"message", finding.message},
              {"fix", finding.fix}};
    if (finding.line) json["line"] = *finding.line;
    list.push_back(std::move(json));
  }
  Json files = Json::array();
  for (const FileReport& file : report.files) {
    Json json{{"file", file.file}, {"kind", file.kind}};
    put_or_null(json, "model", file.model, "the file says nothing of a model");
    put_or_null(json, "verdict", file.verdict, "see findings");
    files.push_back(std::move(json));
  }
  return {{"findings", std::move(list)}, {"files", std::move(files)}};
}

}  // namespace wideep
