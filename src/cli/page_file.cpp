#include "cli/page_file.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/option_values.h"
#include "page/template.h"

namespace wideep {

void add_html(CLI::App& command, std::string& path) {
  command.add_option("--html", path, "Also write a page in which numbers can be moved")
      ->check(file_name())
      ->type_name("FILE");
}

void check_html(const std::string& path) {
  if (path.empty() || !page_template().empty()) return;
  throw InputError(
      "wideep-opt: this program was built without the page: scripts/run --page builds it\n");
}

void write_html(const std::string& path, const ProblemFiles& files, const PageStart& start) {
  if (path.empty()) return;
  Texts texts;
  const ProblemTrees trees = load_trees(files, texts);
  write_file(path, page_of(scenario_json(files, trees, start)));
  complain(fmt::format("wideep-opt: the page is in {}\n", path));
}

}  // namespace wideep
