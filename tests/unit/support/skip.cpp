#include "support/skip.h"

#include <filesystem>
#include <iostream>
#include <vector>

#include <doctest/doctest.h>

#include "support/optimized.h"
#include "support/tally.h"

namespace wideep {
namespace {

/// What became of the test cases so far.
struct Tally {
  bool asked = false;  ///< to run tests, not to list them
  int run = 0;
  int skipped = 0;
  std::string why;                   ///< the last reason to skip
  std::vector<std::string> vacuous;  ///< cases that asserted nothing, and did not skip
  bool skipping = false;             ///< the running case
};

Tally& tally() {
  static Tally the_tally;
  return the_tally;
}

/// Hears of each case's end; doctest's own reporter prints everything else.
class Listener : public doctest::IReporter {
 public:
  explicit Listener(const doctest::ContextOptions& /*options*/) {}

  void test_run_start() override { tally().asked = true; }
  void test_case_start(const doctest::TestCaseData& data) override {
    name_ = std::string(data.m_test_suite) + ": " + data.m_name;
    tally().skipping = false;
  }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    ++tally().run;
    if (tally().skipping) {
      ++tally().skipped;
    } else if (stats.numAssertsCurrentTest == 0 && stats.failure_flags == 0) {
      tally().vacuous.push_back(name_);
    }
  }

  void report_query(const doctest::QueryData& /*data*/) override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_reenter(const doctest::TestCaseData& /*data*/) override {}
  void test_case_exception(const doctest::TestCaseException& /*exception*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*signature*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*data*/) override {}
  void log_message(const doctest::MessageData& /*data*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}

 private:
  std::string name_;
};

DOCTEST_REGISTER_LISTENER("tally", 1, Listener);

}  // namespace

void skip_case(const std::string& why) {
  tally().skipping = true;
  tally().why = why;
  MESSAGE("skipped: ", why);
}

bool published_there() {
  if (std::filesystem::is_directory(WIDEEP_PUBLISHED_DIR)) return true;
  skip_case("no published measurements at " WIDEEP_PUBLISHED_DIR);
  return false;
}

bool quick_enough() {
  if (!kOptimized) skip_case("it takes long; a Release build runs it");
  return kOptimized;
}

int exit_code(int of_doctest) {
  constexpr int kFailed = 1;
  constexpr int kSkipped = 77;
  const Tally& all = tally();
  if (!all.asked) return of_doctest;
  if (all.skipped > 0) {
    std::cerr << all.skipped << " of " << all.run << " test cases skipped: " << all.why << "\n";
  }
  for (const std::string& name : all.vacuous) {
    std::cerr << "error: the test case '" << name << "' asserts nothing\n";
  }
  if (of_doctest != 0) return of_doctest;
  if (all.run == 0) {
    std::cerr << "error: no test case has such a name\n";
    return kFailed;
  }
  if (!all.vacuous.empty()) return kFailed;
  return all.skipped == all.run ? kSkipped : 0;
}

}  // namespace wideep
