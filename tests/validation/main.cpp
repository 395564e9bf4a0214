// Prints docs/validation.md from the published measurements; with --check FILE says whether that
// file is it and whether every tolerance holds. Exit codes: 0 yes, 1 no, 77 there are no
// measurements.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "outcome.h"
#include "published.h"

int main(int argc, char** argv) {
  using namespace wideep::validation;
  constexpr int kSkipped = 77;
  if (!published_there()) {
    std::cerr << "validation: skipped, no published measurements at " WIDEEP_PUBLISHED_DIR "\n";
    return kSkipped;
  }
  try {
    const std::string now = page();
    if (argc < 3) {
      std::cout << now;
      return 0;
    }
    int code = 0;
    std::stringstream committed;
    committed << std::ifstream(argv[2]).rdbuf();
    if (committed.str() != now) {
      std::cerr << argv[2] << " is not what the program says; scripts/validate writes it anew\n";
      code = 1;
    }
    for (const std::string& broken : broken_tolerances()) {
      std::cerr << "tolerance broken: " << broken << "\n";
      code = 1;
    }
    return code;
  } catch (const std::exception& error) {
    std::cerr << "validation: " << error.what() << "\n";
    return 1;
  }
}
