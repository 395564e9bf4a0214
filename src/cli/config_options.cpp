#include "cli/config_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/option_values.h"
#include "engines/engine.h"
#include "input/ranges.h"
#include "input/suggest.h"
#include "model/fastest_sms.h"
#include "model/redundancy.h"
#include "model/schedule.h"
#include "model/ways.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw ConfigError(message);
}

std::size_t kernel_index(const Fabric& fabric, const std::string& name) {
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < fabric.kernels.size(); ++at) {
    const Kernel& kernel = fabric.kernels[at];
    if (kernel.name == name) return at;
    names.push_back(kernel.name);
  }
  const auto near = suggest(name, names);
  refuse(fmt::format("the fabric has no kernel '{}'; {}",
                     name,
                     near ? fmt::format("did you mean '{}'?", *near)
                          : fmt::format("it has {}", fmt::join(names, ", "))));
}

/// The schedule asked for, or the first that the search space has for the kernel.
Schedule schedule_of(const ConfigOptions& options, const Problem& problem, const Config& config) {
  if (options.schedule) {
    const Schedule schedule = *meaning_of(kScheduleWords, *options.schedule);
    const Kernel& kernel = problem.fabric.kernels[config.kernel];
    if (!suits(schedule, problem.fabric, config.kernel)) {
      const bool own_stream = schedule == Schedule::kVllmHt || schedule == Schedule::kSglangPrefill;
      refuse(own_stream && !kernel.fused
                 ? fmt::format("schedule {} has transfers on a stream of their own, and {} is "
                               "received on that of compute",
                               *options.schedule,
                               kernel.name)
                 : fmt::format(
                       "{} does not run in the order of {} here", kernel.name, *options.schedule));
    }
    if (runs(schedule, config.overlap)) return schedule;
    refuse(fmt::format("schedule {} has no {}", *options.schedule, name_of(config.overlap)));
  }
  if (const auto first = first_way(problem, config)) return first->schedule;
  if (!problem.space.only_runs) {
    refuse(fmt::format("no schedule of search.schedule has {}", name_of(config.overlap)));
  }
  refuse(fmt::format("{} does not run {} with {}; name a --schedule to see it all the same",
                     engine_asked(problem)->name,
                     name_of(config.overlap),
                     problem.fabric.kernels[config.kernel].name));
}

/// Width and layout.
Config layout_asked(const ConfigOptions& options) {
  Config config{.ep_width = options.ep};
  if (options.attention) {
    const auto attention = attention_named(*options.attention);
    if (!attention) refuse("--attention takes dp, tpN, dcpN or tpNdcpM, such as tp8");
    config.attention = *attention;
  }
  if (options.experts) {
    const auto layout = experts_named(*options.experts);
    if (!layout) refuse("--experts takes ep, tep, tp or tpN, such as tep");
    const auto cut = ranks_of_cut(*layout, options.ep);
    if (!cut) refuse(fmt::format("{} GPUs are not cut by {}", options.ep, *options.experts));
    config.experts = layout->experts;
    config.expert_ranks = *cut;
    config.ep_width = options.ep / *cut;
  }
  if (options.ep % config.attention.ranks != 0) {
    refuse(fmt::format(
        "{} GPUs are no whole number of groups of --attention {}", options.ep, *options.attention));
  }
  return config;
}

/// The SMs asked for, or of the kernel's choices those with which the layer is fastest.
int sms_of(const ConfigOptions& options, const Problem& problem, const Config& config) {
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const std::vector<int>& choices = kernel.sms;
  if (options.sms) {
    if (std::find(choices.begin(), choices.end(), *options.sms) != choices.end()) {
      return *options.sms;
    }
    refuse(choices.empty() ? fmt::format("kernel {} has no choice of SMs", kernel.name)
                           : fmt::format("kernel {} runs on {} SMs, not on {}",
                                         kernel.name,
                                         fmt::join(choices, ", "),
                                         *options.sms));
  }
  return fastest_sms(problem, config);
}

}  // namespace

void add_config_options(CLI::App& command, ConfigOptions& options) {
  const auto [narrowest, widest] = range::kEpWidth;
  command
      .add_option("--ep",
                  options.ep,
                  fmt::format("EP width P, or GPUs with tp, {} to {}", narrowest, widest))
      ->required()
      ->check(whole_number(narrowest, widest))
      ->type_name("N");
  command.add_option("--attention", options.attention, "dp, tpN, dcpN or tpNdcpM; default: dp")
      ->type_name("LAYOUT");
  command.add_option("--experts", options.experts, "ep, tep, tp or tpN; default: ep")
      ->type_name("LAYOUT");
  command.add_option("--kernel", options.kernel, "Kernel of the fabric, e.g. LL")
      ->required()
      ->type_name("NAME");
  command.add_option("--overlap", options.overlap, "What runs at the same time")
      ->required()
      ->check(one_of(words_of(kOverlapWords)))
      ->type_name(alternatives(kOverlapWords));
  command.add_option("--schedule", options.schedule, "Whose order; default: the first that has it")
      ->check(one_of(words_of(kScheduleWords)))
      ->type_name("NAME");
  command.add_option("--chunks", options.chunks, "Chunks m; default: 2 for chunk, else 1")
      ->check(whole_number(range::kChunks.low, range::kChunks.high))
      ->type_name("N");
  command.add_option("--split", options.split, "dbo: first micro-batch's tokens; default: 0.5")
      ->type_name("SHARE");
  command.add_option("--sms", options.sms, "SMs that the kernel holds; default: fastest")
      ->check(whole_number(range::kSms.low, range::kSms.high))
      ->type_name("N");
}

Config config_of(const ConfigOptions& options, const Problem& problem) {
  if (problem.workload.traffic.choice) {
    refuse("the workload leaves the batch to the search: state one with --set tokens_per_rank=N");
  }
  Config config = layout_asked(options);
  config.kernel = kernel_index(problem.fabric, options.kernel);
  config.overlap = *meaning_of(kOverlapWords, options.overlap);
  config = asked(problem, config);
  config.redundant_experts = redundancies(problem.workload, config.ep_width).front();
  config.chunks = options.chunks.value_or(config.overlap == Overlap::kChunk ? 2 : 1);
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (!kernel.has_mode(config.overlap)) {
    refuse(
        kernel.fused
            ? fmt::format("{} is one fused kernel; it runs with --overlap fused only", kernel.name)
            : fmt::format("--overlap fused needs a fused kernel, and {} is none", kernel.name));
  }
  if (!cuts_batch(config.overlap) && config.chunks != 1) {
    refuse(fmt::format("--overlap {} has one chunk; leave --chunks away", options.overlap));
  }
  if (config.overlap == Overlap::kChunk && config.chunks < 2) {
    refuse("--overlap chunk needs --chunks 2 or more");
  }
  if (config.overlap != Overlap::kDbo && options.split) {
    refuse("--split goes with --overlap dbo only");
  }
  const bool steady = problem.space.timing == Timing::kSteadyState;
  if ((config.overlap == Overlap::kChunk || config.overlap == Overlap::kSbo) && steady) {
    refuse(fmt::format("{} does not exist under timing steady_state", options.overlap));
  }
  if (config.overlap == Overlap::kDbo) {
    const auto given = options.split ? parse_share(*options.split) : 0.5;
    if (!given || *given <= 0.0 || *given >= 1.0) {
      refuse("--split must be a share between 0 and 1, both excluded, such as 0.4 or 40%");
    }
    const double split = steady ? 0.5 : *given;
    config.first_tokens = split * config.tokens;
  }
  config = with_way(problem, config, schedule_of(options, problem, config));
  config.sms = sms_of(options, problem, config);
  return config;
}

}  // namespace wideep
