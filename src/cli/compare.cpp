#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/compared_argument.h"
#include "cli/terminal.h"
#include "input/diagnostic.h"
#include "model/words.h"
#include "report/compare_report.h"

namespace wideep {
namespace {

struct CompareOptions {
  ProblemOptions problem;
  std::vector<std::string> arguments;
};

/// What is wrong with a command line of `compare`, each once and in order.
class Faults {
 public:
  void add(const std::string& text) {
    if (seen_.insert(text).second) text_ += text;
  }
  void add(const ComparedArgument& argument, const std::string& message) {
    add(fmt::format("wideep-opt: '{}': {}\n", argument.text, message));
  }
  void throw_if_any() const {
    if (!text_.empty()) throw InputError(text_);
  }

 private:
  std::string text_;
  std::set<std::string> seen_;
};

/// The problems of the arguments, each pair of files read once.
class Problems {
 public:
  Problems(const ProblemOptions& options, Faults& faults) : options_(options), faults_(faults) {}

  /// Null where it cannot be read, which is a fault.
  const Problem* of(const ComparedArgument& argument) {
    ProblemOptions options = options_;
    if (argument.workload) options.files.workload = *argument.workload;
    if (argument.fabric) options.files.fabric = argument.fabric;
    const auto key = std::pair(options.files.workload, options.files.fabric.value_or(""));
    const auto known = read_.find(key);
    if (known != read_.end()) return known->second ? &*known->second : nullptr;
    std::optional<Problem>& problem = read_[key];
    if (options.files.workload == "-" && ++inputs_ == 2) {
      faults_.add("wideep-opt: standard input is read once: name a file to compare fabrics\n");
    } else if (inputs_ < 2 || options.files.workload != "-") {
      try {
        problem = read_problem(options);
      } catch (const InputError& error) {
        std::string text = error.what();
        constexpr std::string_view kOption = "--fabric:1:1";
        if (argument.fabric && text.starts_with(kOption)) {
          text.replace(0, kOption.size(), fmt::format("wideep-opt: '{}'", argument.text));
        }
        faults_.add(text);
      }
    }
    return problem ? &*problem : nullptr;
  }

 private:
  const ProblemOptions& options_;
  Faults& faults_;
  int inputs_ = 0;
  std::map<std::pair<std::string, std::string>, std::optional<Problem>> read_;
};

/// The words of options without their dashes: in an argument they are keys.
std::string as_keys(std::string message) {
  for (const char* const key :
       {"ep", "attention", "experts", "kernel", "overlap", "schedule", "chunks", "split", "sms"}) {
    const std::string option = fmt::format("--{}", key);
    for (std::size_t at = message.find(option); at != message.npos; at = message.find(option)) {
      message.erase(at, 2);
    }
  }
  return message;
}

/// What the argument asks for; nothing where that is a fault.
std::optional<Choice> choice_of(const ComparedArgument& argument,
                                const Problem& problem,
                                Faults& faults) {
  Choice choice{.argument = argument.text, .problem = problem, .config = {}};
  if (!argument.config) return choice;
  ConfigOptions options = *argument.config;
  if (options.overlap.empty()) {
    const auto& kernels = problem.fabric.kernels;
    const bool fused = std::any_of(kernels.begin(), kernels.end(), [&](const Kernel& kernel) {
      return kernel.name == options.kernel && kernel.fused;
    });
    options.overlap = name_of(fused ? Overlap::kFused : Overlap::kNone);
  }
  try {
    choice.config = config_of(options, problem);
  } catch (const ConfigError& error) {
    faults.add(argument, as_keys(error.message()));
    return std::nullopt;
  }
  return choice;
}

std::vector<Choice> choices_of(const CompareOptions& options) {
  Faults faults;
  Problems problems(options.problem, faults);
  const std::size_t count = options.arguments.size();
  if (count < 2 || count > kMostCompared) {
    faults.add(fmt::format("wideep-opt: compare takes 2 to {} of CONFIG, best and FILE, not {}\n",
                           kMostCompared,
                           count));
  }
  std::vector<Choice> choices;
  for (const std::string& text : options.arguments) {
    std::vector<std::string> wrong;
    const ComparedArgument argument = read_argument(text, wrong);
    for (const std::string& message : wrong) faults.add(argument, message);
    if (!argument.workload && options.problem.files.workload.empty()) {
      faults.add("wideep-opt: compare needs --workload FILE for what is no workload itself\n");
      continue;
    }
    const Problem* const problem = problems.of(argument);
    if (problem == nullptr || !wrong.empty()) continue;
    if (auto choice = choice_of(argument, *problem, faults)) choices.push_back(std::move(*choice));
  }
  faults.throw_if_any();
  return choices;
}

ExitCode run_compare(const CompareOptions& options) {
  std::vector<Compared> all;
  for (Choice& choice : choices_of(options)) all.push_back(compared(std::move(choice)));
  const CompareReport report = report_on(std::move(all));
  if (options.problem.json) {
    print(to_text(compare_json(report)));
  } else {
    show(compare_text(report, display_of(stdout)));
  }
  const bool feasible = std::all_of(report.compared.begin(),
                                    report.compared.end(),
                                    [](const Compared& one) { return one.is_feasible(); });
  return feasible ? ExitCode::kOk : ExitCode::kNo;
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command =
      app.add_subcommand("compare", "Show configurations or workloads side by side");
  command->add_option("compared", options->arguments, "ep=N,kernel=NAME..., best or a workload")
      ->required()
      ->type_name("CONFIG|best|FILE[@FABRIC]");
  add_problem_options(*command, options->problem);
  command->get_option("--workload")
      ->required(false)
      ->description("Of configurations and best, or -");
  command->callback([options, &action] { action = [options] { return run_compare(*options); }; });
}

}  // namespace wideep
