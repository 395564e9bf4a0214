// The module's own interface: texts of JSON in and out. docs/page.md#module
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "files.h"
#include "page/ask.h"

namespace {

std::string answer;  // of the last call

}  // namespace

extern "C" {

__attribute__((export_name("reserve"))) char* reserve(std::uint32_t size) {
  answer.assign(size, '\0');
  return answer.data();
}

/// The files that workloads may name, {NAME: TEXT}, in what reserve() gave.
__attribute__((export_name("keep"))) void keep() {
  wideep::page_files().clear();
  const auto files = nlohmann::json::parse(answer);
  for (const auto& [name, text] : files.items()) {
    wideep::page_files()[name] = text.get<std::string>();
  }
}

/// Of the text in what reserve() gave; returns the size of the answer, which begins at text().
__attribute__((export_name("ask"))) std::uint32_t ask() {
  answer = wideep::ask(answer);
  return static_cast<std::uint32_t>(answer.size());
}

__attribute__((export_name("text"))) const char* text() {
  return answer.data();
}
}
