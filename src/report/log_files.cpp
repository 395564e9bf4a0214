#include "report/log_files.h"

#include <fmt/format.h>

#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string reasons_text(const char* what, const std::vector<LineReason>& reasons) {
  std::string text;
  for (const LineReason& reason : reasons) {
    text += fmt::format(" {} {} from line {} ({}).",
                        format_count(reason.lines),
                        what,
                        format_count(reason.first_line),
                        reason.why);
  }
  return text;
}

Json reasons_json(const std::vector<LineReason>& reasons) {
  Json list = Json::array();
  for (const LineReason& reason : reasons) {
    list.push_back(
        {{"why", reason.why}, {"lines", reason.lines}, {"first_line", reason.first_line}});
  }
  return list;
}

}  // namespace

Text files_text(const std::vector<LogFile>& files) {
  Text text;
  for (const LogFile& file : files) {
    std::string line = fmt::format("{} ({}): {} of {} lines used.",
                                   file.name,
                                   fmt::join(file.formats, ", "),
                                   format_count(file.used),
                                   format_count(file.lines));
    line += reasons_text("rejected", file.rejected) + reasons_text("skipped", file.skipped);
    for (const std::string& note : file.notes) line += fmt::format(" Note: {}.", note);
    text += labelled(text.empty() ? "Files" : "", line);
  }
  return text;
}

Json files_json(const std::vector<LogFile>& files) {
  Json list = Json::array();
  for (const LogFile& file : files) {
    list.push_back({{"name", file.name},
                    {"sha256", file.sha256},
                    {"bytes", file.bytes},
                    {"formats", file.formats},
                    {"lines", file.lines},
                    {"used", file.used},
                    {"skipped", reasons_json(file.skipped)},
                    {"rejected", reasons_json(file.rejected)},
                    {"notes", file.notes}});
  }
  return list;
}

void add_estimate(Json& json,
                  const std::string& name,
                  const std::string& unit,
                  const Estimate& estimate) {
  const std::string suffix = unit.empty() ? "" : "_" + unit;
  json[name + suffix] = estimate.value;
  json[name + "_se" + suffix] = estimate.se;
  json[name + "_low" + suffix] = estimate.low;
  json[name + "_high" + suffix] = estimate.high;
}

}  // namespace wideep
