// What libFuzzer calls. A program has the targets of one file, TARGETS(), and is the one of them
// that its name says: fuzz_model.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "targets.h"

namespace {

wideep::FuzzTarget chosen;

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names that libFuzzer calls
extern "C" int LLVMFuzzerInitialize(const int* /*argc*/, char*** argv) {
  constexpr std::string_view kPrefix = "fuzz_";
  const std::string_view path = **argv;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const wideep::FuzzTarget& target : wideep::all_targets()) {
    if (name.starts_with(kPrefix) && name.substr(kPrefix.size()) == target.name) chosen = target;
  }
  if (chosen.run != nullptr) return 0;
  std::fprintf(stderr, "no target is called like this program\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  chosen.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
// NOLINTEND(readability-identifier-naming)
