// What a page in a browser has not: exceptions, files, threads and NLopt.
#include <string>

#include "files.h"
#include "input/diagnostic.h"
#include "input/source.h"
#include "plan/in_parallel.h"
#include "search/subplex.h"
#include "units/fail.h"

namespace wideep {

/// Ends the call with an error in the page, which starts the module anew.
extern "C" [[noreturn]] __attribute__((import_module("page"), import_name("stop"))) void page_stop(
    const char* text, unsigned size);

void refuse(const InputError& error) {
  const std::string text = error.what();
  page_stop(text.data(), static_cast<unsigned>(text.size()));
}

void fail(const char* what) {
  refuse(InputError(std::string(what)));
}

/// What is of a thread lives as long as the page.
extern "C" int __cxa_thread_atexit(void (* /*end*/)(void*), void* /*object*/, void* /*of*/) {
  return 0;
}

namespace {

std::optional<Source> no_file(const std::string& path, Findings& findings) {
  findings.report(InputFault{
      .rule = "unreadable_file", .file = path, .message = "the page has no such file with it"});
  return std::nullopt;
}

}  // namespace

bool names_file(const std::string& value) {
  return value.find('/') != std::string::npos || value.ends_with(".yaml") ||
         value.ends_with(".yml") || value.ends_with(".json");
}

bool is_there(const std::string& /*path*/) {
  return false;
}

std::optional<Source> read_source(const std::string& path,
                                  Findings& findings,
                                  const std::string& /*root*/) {
  return no_file(path, findings);
}

std::optional<Source> read_named_source(const Source& /*naming_file*/,
                                        const std::string& path,
                                        Findings& findings) {
  const auto kept = page_files().find(path);
  if (kept == page_files().end()) return no_file(path, findings);
  return Source{.name = path, .text = kept->second};
}

std::map<std::string, std::string>& page_files() {
  static std::map<std::string, std::string> files;
  return files;
}

bool lies_beside(const Source& /*file*/, const std::string& /*name*/) {
  return false;
}

std::optional<std::string> head_beside(const Source& /*file*/,
                                       const std::string& /*name*/,
                                       std::size_t /*bytes*/) {
  return std::nullopt;
}

void in_parallel(const VariedProblem& varied,
                 std::size_t count,
                 int /*threads*/,
                 const std::function<void(VariedProblem&, std::size_t)>& each) {
  VariedProblem own(varied);
  for (std::size_t at = 0; at < count; ++at) each(own, at);
}

/// Solver::kBounds does without.
void minimise(const std::vector<double>& /*lower*/,
              const std::vector<double>& /*upper*/,
              double (* /*objective*/)(unsigned, const double*, double*, void*),
              void* /*data*/) {
  fail("a page has no NLopt");
}

}  // namespace wideep
