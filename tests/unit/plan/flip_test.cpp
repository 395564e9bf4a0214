#include "plan/flip.h"

#include <cmath>

#include <doctest/doctest.h>

#include "engines/runs.h"
#include "search/agenda.h"
#include "search/optimize.h"
#include "support/folder.h"
#include "support/optimized.h"
#include "support/random_files.h"

namespace wideep::flip_test {
namespace {

ProblemFiles files_at(const std::string& path, const std::vector<std::string>& set = {}) {
  return {.workload = path, .fabric = {}, .search = {}, .set = set};
}

/// What `optimize --set KEY=VALUE` uses, by both its solvers.
std::optional<Config> winner_at(const std::string& path,
                                const std::string& key,
                                const std::string& value) {
  const Problem problem = with_engines(read_problem(files_at(path, {key + "=" + value})));
  const SearchResult found = optimize(problem, Solver::kBoth);
  const auto& used = found.best_run ? found.best_run : found.optimum;
  return used ? std::optional(used->config) : std::nullopt;
}

/// The inputs of drawn files.
std::vector<UncertainInput> inputs_of(const RandomFiles& files) {
  std::vector<UncertainInput> inputs;
  for (const RandomFiles::Number& number : files.numbers) {
    const bool from_one = number.key.find("straggler") != std::string::npos;
    inputs.push_back({.key = {.key = number.key,
                              .whole = number.whole,
                              .bounds = from_one ? ScaledKey::Bounds::kAtLeastOne
                                                 : ScaledKey::Bounds::kPositive}});
  }
  return inputs;
}

struct Checked {
  int flips = 0;
  int others = 0;  ///< sides without one
};

/// Runs the search again on both sides of each flip, and at every rung where there is none.
void check_side(const std::string& path,
                const RandomFiles::Number& number,
                const std::optional<Flip>& flip,
                const Config& base,
                double searched,
                Checked& checked) {
  const auto at = [&](double factor) { return winner_at(path, number.key, number.times(factor)); };
  if (flip) {
    ++checked.flips;
    const auto before = at(flip->holds);
    const auto after = at(flip->flips);
    REQUIRE(before);
    CHECK_MESSAGE(same_choice(*before, base), number.key, " at ", flip->holds);
    CHECK_MESSAGE(!(after && same_choice(*after, base)), number.key, " at ", flip->flips);
    REQUIRE(after.has_value() == flip->winner.has_value());
    if (after) CHECK(same_choice(*after, *flip->winner));
    const double apart = std::abs(std::log(flip->flips / flip->holds));
    const bool near = number.whole ? apart * number.value * flip->holds < 1.5 : apart < 1.1e-4;
    CHECK_MESSAGE(near, number.key, ": ", flip->holds, " to ", flip->flips);
    return;
  }
  ++checked.others;
  const double step = std::log(kFlipRange) / kFlipRungs;
  const double all = std::log(searched);
  for (int rung = 1; rung * step <= std::abs(all) * (1 + 1e-12); ++rung) {
    const double away = all < 0 ? -rung * step : rung * step;
    const auto there = at(std::exp(away));
    REQUIRE(there);
    CHECK_MESSAGE(same_choice(*there, base), number.key, " at ", away);
  }
}

}  // namespace

TEST_SUITE_BEGIN("plan/flip");

TEST_CASE("on either side of a flip the search finds what is said, in random problems") {
  constexpr unsigned kSeed = 811;
  INFO("seed ", kSeed);
  Draw draw(kSeed);
  Checked checked;
  for (int problem = 0; problem < draws(150); ++problem) {
    const Folder folder;
    const RandomFiles files = random_files(draw);
    const std::string path = folder.write("workload.yaml", files.workload);
    INFO("problem ", problem, "\n", files.workload);
    const ReadAgain read = read_again(files_at(path));
    const Answer now = answer(with_engines(read.problem));
    REQUIRE(now.used() != nullptr);
    const Config base = now.used()->config;
    const VariedProblem varied(read, inputs_of(files));
    const auto distances = flip_distances(varied, base, 2);
    for (std::size_t at = 0; at < distances.size(); ++at) {
      const FlipDistance& one = distances[at];
      check_side(path, files.numbers[at], one.up, base, one.searched_up, checked);
      check_side(path, files.numbers[at], one.down, base, one.searched_down, checked);
    }
  }
  MESSAGE(checked.flips, " flips and ", checked.others, " sides without one, seed ", kSeed);
  CHECK(checked.flips > checked.others / 20);
}

TEST_CASE("flips do not depend on the number of threads") {
  Draw draw(812);
  const Folder folder;
  const RandomFiles files = random_files(draw);
  const ReadAgain read = read_again(files_at(folder.write("workload.yaml", files.workload)));
  const Config base = answer(with_engines(read.problem)).used()->config;
  const VariedProblem varied(read, inputs_of(files));
  const auto one = flip_distances(varied, base, 1);
  for (const int threads : {2, 3}) {
    const auto several = flip_distances(varied, base, threads);
    REQUIRE(several.size() == one.size());
    for (std::size_t at = 0; at < one.size(); ++at) {
      CHECK(several[at].searched_up == one[at].searched_up);
      CHECK(several[at].up.has_value() == one[at].up.has_value());
      CHECK(several[at].down.has_value() == one[at].down.has_value());
      if (one[at].up) CHECK(several[at].up->flips == one[at].up->flips);
      if (one[at].down) CHECK(several[at].down->flips == one[at].down->flips);
    }
  }
}

TEST_SUITE_END();

}  // namespace wideep::flip_test
