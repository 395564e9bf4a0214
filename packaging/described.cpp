#include "described.h"

#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "input/presets.h"
#include "schema/output_schemas.h"
#include "schema/schema_kind.h"

namespace wideep {
namespace {

/// The words that an option's value is one of, "none|chunk|dbo"; none where it is anything else.
std::string words_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const bool words = type.find('|') != type.npos &&
                     type.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ=,") == type.npos;
  std::string list = words ? type : "";
  for (char& c : list) {
    if (c == '|') c = ' ';
  }
  return list;
}

/// Of one kind, or of all.
std::string presets_of(std::optional<PresetKind> kind) {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) {
    if (!kind || preset.kind == *kind) names.push_back(preset.name);
  }
  return fmt::format("{}", fmt::join(names, " "));
}

/// What `schema` takes.
std::string schema_kinds() {
  std::vector<std::string_view> names;
  for (const auto& [word, kind] : kSchemaKindWords) names.push_back(word);
  for (const OutputSchema& output : output_schemas()) names.push_back(output.command);
  return fmt::format("{}", fmt::join(names, " "));
}

}  // namespace

std::string Described::name(const char* between) const {
  if (words.empty()) return "wideep-opt";
  return fmt::format("wideep-opt{}{}", between, fmt::join(words, between));
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : app.get_options()) {
    if (option != app.get_help_ptr()) options.push_back(option);
  }
  return options;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

bool takes_value(const CLI::Option& option) {
  return option.get_expected_min() > 0;
}

Values values_of(const CLI::Option& option) {
  if (option.check_lname("fabric") || option.check_lname("base")) {
    return {.words = presets_of(PresetKind::kFabric), .files = true};
  }
  if (option.check_lname("model")) return {.words = presets_of(PresetKind::kModel), .files = true};
  if (option.check_lname("engine")) return {.words = presets_of(PresetKind::kEngine)};
  if (option.check_name("name")) return {.words = presets_of({})};
  if (option.check_name("kind")) return {.words = schema_kinds()};
  const std::string words = words_of(option);
  return {.words = words, .files = words.empty()};
}

}  // namespace wideep
