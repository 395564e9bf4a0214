#include "report/check_report.h"

#include <fmt/format.h>

namespace wideep {
namespace {

void put_or_null(Json& json, const char* name, const std::string& text, const char* reason) {
  if (text.empty()) {
    json[name] = nullptr;
    json[std::string(name) + "_reason"] = reason;
  } else {
    json[name] = text;
  }
}

std::string place_of(const Finding& finding) {
  std::string place = finding.file;
  if (finding.line) place += fmt::format(":{}", *finding.line);
  if (finding.line && finding.column) place += fmt::format(":{}", *finding.column);
  return place;
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Text file_text(const FileReport& file) {
  Text text;
  if (!file.model.empty()) text += fmt::format("{}: {}\n", file.file, file.model);
  const std::string verdict = file.verdict.empty() ? "see above" : file.verdict;
  if (file.deployment || !file.verdict.empty()) {
    const char* const between = file.deployment ? ": " : ", ";
    text += finding_line(fmt::format("{}: {}{}{}", file.file, file.kind, between, verdict));
  }
  if (file.deployment) text += deployment_text(*file.deployment);
  return text;
}

}  // namespace

Text check_text(const CheckReport& report) {
  Text text;
  for (const Finding& finding : report.findings) {
    text += finding_line(fmt::format("{}: {}: {} [{}]",
                                     place_of(finding),
                                     name_of(finding.grade),
                                     finding.message,
                                     finding.rule));
    text += finding.excerpt;
    const char* const indent = finding.excerpt.empty() ? "" : "    ";
    if (!finding.fix.empty()) {
      text += finding_line(fmt::format("{}  = fix: {}", indent, finding.fix));
    }
  }
  for (const FileReport& file : report.files) text += file_text(file);
  return text;
}

Json check_json(const CheckReport& report) {
  Json list = Json::array();
  for (const Finding& finding : report.findings) {
    Json json{{"rule", finding.rule},
              {"grade", name_of(finding.grade)},
              {"file", finding.file},
              {"line", or_null(finding.line)},
              {"column", or_null(finding.column)},
              {"message", finding.message},
              {"fix", finding.fix}};
    if (!finding.role.empty()) json["role"] = finding.role;
    list.push_back(std::move(json));
  }
  Json files = Json::array();
  for (const FileReport& file : report.files) {
    Json json{{"file", file.file}, {"kind", file.kind}};
    put_or_null(json,
                "model",
                file.deployment ? file.deployment->model : file.model,
                "the file says nothing of a model");
    put_or_null(json, "verdict", file.verdict, "see findings of grade error");
    if (file.deployment) json["deployment"] = deployment_json(*file.deployment);
    files.push_back(std::move(json));
  }
  Json all{{"findings", std::move(list)}, {"files", std::move(files)}};
  if (report.files.size() == 1 && report.files.front().deployment) {
    all["deployment"] = deployment_json(*report.files.front().deployment);
  }
  return all;
}

}  // namespace wideep
