#include "deploy/options_file.h"

#include <algorithm>

#include "deploy/keys.h"
#include "deploy/shell_expand.h"
#include "deploy/yaml_documents.h"
#include "input/diagnostic.h"

namespace wideep {
namespace {

/// $X in a here-document whose name has no quotes.
void expand_values(Settings& settings, ShellVariables& variables) {
  for (Setting& setting : settings.all) {
    const Place at = setting.value_at;
    if (at.source == nullptr || setting.value_in.empty()) continue;
    const TextExtent where = setting.value_in;
    const Source text{.name = "",
                      .text = at.source->text.substr(where.begin, where.end - where.begin)};
    if (text.text.find('$') == std::string::npos) continue;
    const ShellText value = expand_quoted(EmbeddedText(text), {0, text.text.size()}, variables);
    setting.value = value.known() ? std::optional(value.text) : std::nullopt;
    setting.value_in = {};
  }
}

}  // namespace

std::optional<Settings> settings_in_file(const ShellFile& file,
                                         ServingEngine engine,
                                         std::string& fault) {
  const TextExtent lines = file.text->span();
  if (file.text->source() == nullptr || lines.empty()) {
    fault = "its lines are not found in the file";
    return std::nullopt;
  }
  Findings faults;
  const auto root = yaml_in(*file.text->source(), lines, faults);
  if (!root) {
    fault = faults.placed().empty() ? "it is empty" : faults.placed().front().message;
    return std::nullopt;
  }
  if (!root->is_map()) {
    fault = "it holds no options";
    return std::nullopt;
  }
  Settings settings = settings_in(*root, engine);
  if (file.variables != nullptr) expand_values(settings, *file.variables);
  return settings;
}

}  // namespace wideep
