// Runs every target on its committed corpus, so that inputs which once failed do so in every build.
//   fuzz_replay tests/fuzz/corpus
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "targets.h"

namespace {

namespace fs = std::filesystem;
using namespace wideep;

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Returns how many inputs there were. What a target aborts at is the last that was said.
std::size_t replay(const FuzzTarget& target, const fs::path& folder) {
  const std::vector<fs::path> inputs =
      fs::is_directory(folder) ? entries_of(folder) : std::vector<fs::path>{};
  for (const fs::path& input : inputs) {
    std::printf("%s\n", input.c_str());
    static_cast<void>(std::fflush(stdout));
    target.run(text_of(input));
  }
  return inputs.size();
}

int replay_all(const fs::path& corpus) {
  int faults = 0;
  std::set<std::string> known;
  for (const FuzzTarget& target : all_targets()) {
    const std::string name(target.name);
    known.insert(name);
    if (replay(target, corpus / name) > 0) continue;
    std::printf("%s has no corpus\n", name.c_str());
    ++faults;
  }
  for (const fs::path& folder : entries_of(corpus)) {
    if (known.contains(folder.filename().string())) continue;
    std::printf("%s is of no target\n", folder.c_str());
    ++faults;
  }
  return faults;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  return replay_all(argv[1]) == 0 ? 0 : 1;
}
