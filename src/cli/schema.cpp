#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/option_values.h"
#include "schema/input_schema.h"
#include "schema/output_schemas.h"

namespace wideep {
namespace {

/// Kinds of files, then commands.
std::vector<std::string> kinds() {
  std::vector<std::string> names = words_of(kSchemaKindWords);
  for (const OutputSchema& output : output_schemas()) names.emplace_back(output.command);
  return names;
}

Json schema_named(const std::string& kind) {
  for (const OutputSchema& output : output_schemas()) {
    if (output.command == kind) return Json::parse(output.text);
  }
  return input_schema(*meaning_of(kSchemaKindWords, kind));
}

}  // namespace

void add_schema(CLI::App& app, Action& action) {
  auto kind = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON Schema of a file or of JSON output");
  command->add_option("kind", *kind, "Such as workload, fabric, or optimize (docs/schemas.md)")
      ->required()
      ->check(one_of(kinds()))
      ->type_name("KIND");
  command->callback([kind, &action] {
    action = [kind] {
      print(to_text(schema_named(*kind)));
      return ExitCode::kOk;
    };
  });
}

}  // namespace wideep
