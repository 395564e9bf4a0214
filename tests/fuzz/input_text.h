#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "expect.h"
#include "input/assemble.h"
#include "input/diagnostic.h"
#include "input/read_problem.h"

namespace wideep {

/// A question that is answered soon.
inline constexpr const char* kQuestion =
    "model: deepseek-v3\nfabric: {preset: h100-ib400}\ntokens_per_rank: 128\nexpert_load: T*k\n"
    "context: 4096\ndtype: fp8\nstraggler_factor: 1.1\n"
    "search: {ep_width: [16, 32], overlap: [none, dbo]}\n";

inline constexpr const char* kWorkloadName = "<workload>";

/// As `name` and `text` of a GivenTexts.
inline std::map<std::string, std::string> named(std::string_view name, std::string_view text) {
  return {{std::string(name), std::string(text)}};
}

/// That of files.
inline ProblemFiles workload_files(std::vector<std::string> set = {}) {
  return {.workload = kWorkloadName, .fabric = {}, .search = {}, .set = std::move(set)};
}

/// What is said of what cannot be used.
inline void check(const InputError& error) {
  expect(std::string_view(error.what()).find("error: ") != std::string_view::npos,
         "an error says so");
  for (const InputFault& fault : error.faults()) {
    expect(!fault.rule.empty() && !fault.message.empty(), "a fault says something");
    expect(fault.line.value_or(1) >= 1 && fault.column.value_or(1) >= 1,
           "lines and columns count from 1");
  }
}

/// What is read by one input. The files that it names lie below a folder that does not exist.
struct Input {
  Texts texts;

  Node parse(std::string_view text) {
    return texts.parse({.name = "input", .text = std::string(text), .root = "/nowhere"});
  }

  /// Whether it is sound; what is said of it otherwise is rendered, for faults in that.
  bool is_sound() {
    try {
      texts.findings.throw_if_any();
      return true;
    } catch (const InputError& error) {
      check(error);
      return false;
    }
  }
};

}  // namespace wideep
