#include "input/presets.h"

#include <memory>

#include <fmt/format.h>

#include "cli/command.h"
#include "input/suggest.h"
#include "report/result_json.h"
#include "schema/starting_files.h"

namespace wideep {
namespace {

struct PresetsOptions {
  std::string name;
  bool as_file = false;
  bool json = false;
};

ExitCode run_list(const PresetsOptions& options) {
  Json list = Json::array();
  std::string text;
  for (const Preset& preset : presets()) {
    const std::string line = about(preset);
    list.push_back({{"kind", name_of(preset.kind)}, {"name", preset.name}, {"about", line}});
    text += fmt::format("{:<7} {:<22} {}\n", name_of(preset.kind), preset.name, line);
  }
  print(options.json ? to_text({{"presets", list}}) : text);
  return ExitCode::kOk;
}

ExitCode run_show(const PresetsOptions& options) {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets()) {
    names.push_back(preset.name);
    if (preset.name != options.name) continue;
    const std::string yaml = options.as_file ? written_out(preset) : std::string(preset.text);
    const Json json{{"kind", name_of(preset.kind)}, {"name", preset.name}, {"yaml", yaml}};
    print(options.json ? to_text(json) : yaml);
    return ExitCode::kOk;
  }
  const std::string near = did_you_mean(options.name, names);
  throw InputError(fmt::format("wideep-opt: no preset is called '{}'; {}\n",
                               options.name,
                               near.empty() ? "see wideep-opt presets list" : near));
}

}  // namespace

void add_presets(CLI::App& app, Action& action) {
  auto options = std::make_shared<PresetsOptions>();
  CLI::App* command =
      app.add_subcommand("presets", "List and show shipped engines, fabrics and models");
  command->require_subcommand(1);
  CLI::App* list = command->add_subcommand("list", "Name every preset, one a line");
  CLI::App* show = command->add_subcommand("show", "Print a preset's file, sources included");
  show->add_option("name", options->name, "Name of a preset")->required()->type_name("NAME");
  show->add_flag("--as-file", options->as_file, "With its GPU and kernels written out, to change");
  for (CLI::App* const part : {list, show}) {
    part->add_flag("--json", options->json, "Print JSON");
  }
  list->callback([options, &action] { action = [options] { return run_list(*options); }; });
  show->callback([options, &action] { action = [options] { return run_show(*options); }; });
}

}  // namespace wideep
