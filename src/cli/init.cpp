#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/option_values.h"
#include "input/assemble.h"
#include "input/presets.h"
#include "input/read_problem.h"
#include "schema/starting_files.h"

namespace wideep {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  StartingPoint from{.model = "deepseek-v3", .fabric = "h100-ib400"};
  std::string engine;
  std::string directory = ".";
  bool force = false;
};

/// As a file in that folder names it.
std::string seen_from(const std::string& model, const std::string& directory) {
  if (!names_file(model)) return model;
  std::error_code error;
  const fs::path seen = fs::relative(model, directory, error);
  return error || seen.empty() ? model : seen.string();
}

/// Refuses presets that do not exist, with what is near.
void check_presets(const InitOptions& options) {
  Texts texts;
  const auto check = [&](PresetKind kind, const char* option, const std::string& name) {
    const Source& source = texts.sources.emplace_back(Source{.name = option, .text = name});
    find_preset(kind, make_node(Node::Kind::kScalar, {&source, 1, 1}, name), texts.findings);
  };
  if (!names_file(options.from.model)) check(PresetKind::kModel, "--model", options.from.model);
  if (names_file(options.from.model) && !is_there(options.from.model)) {
    refuse_option("--model", fmt::format("there is no file {}", options.from.model), "");
  }
  check(PresetKind::kFabric, "--fabric", options.from.fabric);
  if (!options.engine.empty()) check(PresetKind::kEngine, "--engine", options.engine);
  texts.findings.throw_if_any();
}

ExitCode run_init(InitOptions options) {
  check_presets(options);
  if (!options.engine.empty()) options.from.engine = options.engine;
  options.from.model = seen_from(options.from.model, options.directory);
  const std::string workload = (fs::path(options.directory) / "workload.yaml").lexically_normal();
  const std::string fabric = (fs::path(options.directory) / "fabric.yaml").lexically_normal();
  for (const std::string& path : {workload, fabric}) {
    if (options.force || !is_there(path)) continue;
    refuse_option("--dir",
                  fmt::format("{} is there already", path),
                  "name another folder with --dir, or add --force to overwrite it");
  }
  std::error_code ignored;  // of what cannot be made the files say so
  fs::create_directories(options.directory, ignored);
  write_file(workload, starting_workload(options.from));
  write_file(fabric, starting_fabric(options.from));
  print(fmt::format(
      "Wrote {} and {}.\nNext: wideep-opt optimize -w {}\n", workload, fabric, workload));
  return ExitCode::kOk;
}

}  // namespace

void add_init(CLI::App& app, Action& action) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* command = app.add_subcommand("init", "Write a workload and a fabric to start from");
  command
      ->add_option(
          "--model", options->from.model, "Preset, or path of a config.json; default: deepseek-v3")
      ->type_name("NAME|FILE");
  command->add_option("-f,--fabric", options->from.fabric, "Preset; default: h100-ib400")
      ->type_name("NAME");
  command->add_option("--engine", options->engine, "Search only what that engine runs")
      ->type_name("NAME");
  command
      ->add_option("--dir",
                   options->directory,
                   "Folder for workload.yaml and fabric.yaml; default: this one")
      ->type_name("DIR");
  command->add_flag("--force", options->force, "Overwrite files that are there");
  command->callback([options, &action] { action = [options] { return run_init(*options); }; });
}

}  // namespace wideep
