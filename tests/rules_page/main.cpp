// Prints docs/rules.md from the rules; with --check FILE says whether that file is it. Exit codes:
// 0 yes, 1 no.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "page.h"

int main(int argc, char** argv) {
  try {
    const std::string now = wideep::rules_page::page();
    if (argc < 3) {
      std::cout << now;
      return 0;
    }
    std::stringstream committed;
    committed << std::ifstream(argv[2]).rdbuf();
    if (committed.str() == now) return 0;
    std::cerr << argv[2] << " is not what the rules say; scripts/rules writes it anew\n";
  } catch (const std::exception& error) {
    std::cerr << "rules_page: " << error.what() << "\n";
  }
  return 1;
}
