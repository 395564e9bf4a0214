#include "plan/pareto.h"

#include <array>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/option_values.h"
#include "cli/page_file.h"
#include "cli/terminal.h"
#include "input/diagnostic.h"
#include "report/pareto_report.h"

namespace wideep {
namespace {

enum class FrontFormat { kTable, kCsv };

constexpr std::array<Word<FrontFormat>, 2> kFormatWords = {
    {{"table", FrontFormat::kTable}, {"csv", FrontFormat::kCsv}}};

constexpr int kUsualPoints = 32;
constexpr int kFewestPoints = 2;
constexpr int kMostPoints = 1'000;

struct ParetoOptions {
  ProblemOptions problem;
  int points = kUsualPoints;
  std::optional<std::string> format;  ///< table where it is not given
  std::optional<std::string> svg;
  std::string html;
};

ExitCode run_pareto(const ParetoOptions& options) {
  if (options.problem.json && options.format) {
    throw InputError("wideep-opt: --json and --format say two things: leave one away\n");
  }
  check_html(options.html);
  const Problem problem = with_free_batch(read_problem(options.problem));
  if (problem.workload.traffic.phase == Phase::kPrefill) {
    throw InputError(
        "wideep-opt: pareto is of decode, and the workload says phase: prefill; of prompts ask "
        "optimize with slo.ttft\n");
  }
  const Front front = pareto_front(problem, options.points);
  const bool draws = options.svg && !front.points.empty();
  if (draws) write_file(*options.svg, pareto_svg(problem, front));
  if (options.problem.json) {
    print(to_text(pareto_json(problem, front)));
  } else if (*meaning_of(kFormatWords, options.format.value_or("table")) == FrontFormat::kCsv) {
    print(pareto_csv(problem, front));
  } else {
    show(pareto_text(problem, front, display_of(stdout)));
  }
  if (draws) complain(fmt::format("wideep-opt: the front is drawn in {}\n", *options.svg));
  write_html(options.html, files_of(options.problem), {.command = "pareto"});
  return front.points.empty() ? ExitCode::kNo : ExitCode::kOk;
}

}  // namespace

void add_pareto(CLI::App& app, Action& action) {
  auto options = std::make_shared<ParetoOptions>();
  CLI::App* command =
      app.add_subcommand("pareto", "Show tokens/s per GPU against tokens/s for a user");
  add_problem_options(*command, options->problem);
  command
      ->add_option(
          "--points", options->points, "Points at equal ratios of TPOT, 2 to 1000; default: 32")
      ->check(whole_number(kFewestPoints, kMostPoints))
      ->type_name("N");
  command->add_option("--format", options->format, "Default: table")
      ->check(one_of(words_of(kFormatWords)))
      ->type_name(alternatives(kFormatWords));
  command->add_option("--svg", options->svg, "Draw the front to a file")->type_name("FILE");
  add_html(*command, options->html);
  command->callback([options, &action] { action = [options] { return run_pareto(*options); }; });
}

}  // namespace wideep
