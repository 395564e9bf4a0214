// describe_commands FOLDER writes a manual page for each command, wideep-opt-plan.1, and
// completions for bash, zsh and fish, from the commands' own options. Run by the build.
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cli/run.h"
#include "described.h"

namespace fs = std::filesystem;

namespace wideep {
namespace {

void add(const CLI::App& app, const std::vector<std::string>& words, std::vector<Described>& all) {
  all.push_back({.app = &app, .words = words});
  for (const CLI::App* below : commands_of(app)) {
    std::vector<std::string> further = words;
    further.push_back(below->get_name());
    add(*below, further, all);
  }
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

void describe_in(const fs::path& folder) {
  CLI::App app;
  Action action;
  set_up(app, action);
  std::vector<Described> all;
  add(app, {}, all);
  fs::create_directories(folder);
  for (const Described& of : all) write(folder / (of.name("-") + ".1"), manual_page(of, all));
  write(folder / "wideep-opt.bash", bash_completion(all));
  write(folder / "_wideep-opt", zsh_completion(all));
  write(folder / "wideep-opt.fish", fish_completion(all));
}

}  // namespace
}  // namespace wideep

int main(int argc, char** argv) {
  constexpr int kArguments = 2;
  if (argc != kArguments) return 2;
  wideep::describe_in(argv[1]);
  return 0;
}
