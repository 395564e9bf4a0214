#include "input/read_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>

#include <fmt/format.h>

#include "input/assemble.h"
#include "input/input_keys.h"
#include "input/problem_trees.h"
#include "input/ranges.h"
#include "input/read_lengths.h"
#include "input/section.h"
#include "model/words.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

constexpr std::array<Word<Roles>, 3> kRolesWords = {{{"disaggregated", Roles::kDisaggregated},
                                                     {"aggregated", Roles::kAggregated},
                                                     {"both", Roles::kBoth}}};

/// What the lengths of requests say, and no key of its own.
constexpr std::array<std::string_view, 3> kFromTraffic = {"phase", "context", "global_tokens"};

/// `{input_tokens: , output_tokens: }`, or `lengths: FILE`.
std::vector<RequestLength> read_requests(Section& section, KnownFiles* known) {
  static std::deque<Source> kept;  // messages point into them
  const auto input = section.number("input_tokens", range::kLengths);
  const auto output = section.number("output_tokens", range::kLengths);
  section.takes("lengths", "a CSV file relative to the workload");
  const Node* const file = section.find("lengths");
  if (file == nullptr) {
    if (!section.has("input_tokens")) section.miss("input_tokens", "or lengths: FILE");
    if (!section.has("output_tokens")) section.miss("output_tokens", "or lengths: FILE");
    return {{.input_tokens = input.value_or(1.0), .output_tokens = output.value_or(1.0)}};
  }
  if (section.has("input_tokens") || section.has("output_tokens")) {
    section.report("lengths", "give 'input_tokens' and 'output_tokens', or 'lengths'");
  }
  if (!file->is_scalar()) {
    section.report("lengths", "'traffic.lengths' names a file");
    return {RequestLength{}};
  }
  if (known != nullptr && known->lengths) return *known->lengths;
  auto named = read_named_source(*file->place.source, file->text, section.findings());
  if (!named) return {RequestLength{}};
  Source& source = kept.emplace_back(std::move(*named));
  source.shown = source.shown && source.text.find("input_tokens") != std::string::npos;
  const auto lengths = read_lengths(source, section.findings());
  if (known != nullptr && lengths) known->lengths = lengths;
  return lengths.value_or(std::vector{RequestLength{}});
}

void read_traffic(Section& parent, PlanQuestion& question, KnownFiles* known) {
  if (!parent.has("traffic")) {
    parent.miss("traffic", "traffic: {input_tokens: 4096, output_tokens: 1024, rate: 10}");
    return;
  }
  Section section = parent.section("traffic");
  question.lengths.all = read_requests(section, known);
  question.lengths.cached_share = section.share("cached_share", range::kCachedShare).value_or(0.0);
  question.demand.rate = read_rate(section);
  question.demand.concurrency = section.number("concurrency", range::kConcurrency);
  if (section.has("rate") && section.has("concurrency")) {
    section.report("concurrency", "give 'rate' or 'concurrency', not both");
  }
  section.finish();
}

/// Takes out of the workload what is of the deployment, and leaves what both roles read.
Node read_deployment(const Node& root,
                     PlanQuestion& question,
                     Findings& findings,
                     KnownFiles* known) {
  Node rest = root;
  auto& entries = rest.entries;
  Node own = make_node(Node::Kind::kMap, root.place);
  for (const Entry& entry : entries) {
    if (holds(kPlanKeys, entry.key.text) || entry.key.text == "slo") own.entries.push_back(entry);
  }
  const auto is_own = [](const Entry& entry) {
    return holds(kPlanKeys, entry.key.text) || entry.key.text == "slo";
  };
  entries.erase(std::remove_if(entries.begin(), entries.end(), is_own), entries.end());
  Section section(&own, "", findings);
  read_traffic(section, question, known);
  question.demand.gpus = section.whole("gpus", range::kPlanGpus);
  question.roles = section.choice<Roles>("roles", kRolesWords).value_or(Roles::kBoth);
  question.max_utilisation =
      section.share("max_utilisation", range::kUtilisation).value_or(kMaxUtilisation);
  Section slo = section.section("slo");
  question.level.tpot = slo.quantity("tpot", range::kTpot);
  question.level.ttft = slo.quantity("ttft", range::kTpot);
  question.level.ttft_p95 = slo.quantity("ttft_p95", range::kTpot);
  slo.finish();
  for (const char* const role : {"prefill", "decode"}) section.find(role);
  section.finish();
  Section both(&rest, "", findings);
  for (const std::string_view key : kFromTraffic) {
    if (rest.find(key) == nullptr) continue;
    both.report(key,
                fmt::format("plan takes '{}' from 'traffic' and its roles: leave it out", key));
  }
  if (rest.find("tokens_per_rank") != nullptr) {
    both.report("tokens_per_rank",
                "plan chooses 'tokens_per_rank' for each role",
                "write it under 'prefill' or 'decode', or leave it out");
  }
  return rest;
}

void put(Node& map, std::string_view key, const std::string& text) {
  map.entries.push_back({make_node(Node::Kind::kScalar, map.place, std::string(key)),
                         make_node(Node::Kind::kScalar, map.place, text)});
}

int whole(double tokens) {
  return static_cast<int>(std::min(std::ceil(tokens), 1.0 * range::kContext.high));
}

/// Every layout, where the search space says nothing of them.
void open_layouts(Node& search) {
  for (const char* const key : {"attention", "experts", "layouts"}) {
    if (search.find(key) != nullptr) return;
  }
  put(search, "layouts", "all");
}

/// The workload of one role.
Node role_tree(const Node& shared, const Node& root, const char* role, double context) {
  Node tree = shared;
  if (const Node* const own = root.find(role)) tree = merged(shared, *own);
  if (tree.find("search") == nullptr) {
    tree.entries.push_back({make_node(Node::Kind::kScalar, tree.place, "search"),
                            make_node(Node::Kind::kMap, tree.place)});
  }
  Node& search = *tree.find("search");
  if (search.is_map()) open_layouts(search);
  if (tree.find("expert_load") == nullptr) put(tree, "expert_load", "T*k");
  put(tree, "phase", role);
  put(tree, "context", std::to_string(whole(context)));
  return tree;
}

void check_role(const Node& root, const char* role, Findings& findings) {
  const Node* const own = root.find(role);
  if (own == nullptr) return;
  if (!own->is_map()) {
    findings.report(own->place, fmt::format("'{}' is a mapping of keys of a workload", role));
    return;
  }
  for (const Entry& entry : own->entries) {
    const std::string& key = entry.key.text;
    const bool of_both =
        holds(kPlanKeys, key) || key == "slo" || key == "fabric" ||
        std::find(kFromTraffic.begin(), kFromTraffic.end(), key) != kFromTraffic.end();
    if (of_both) {
      findings.report(entry.key.place, fmt::format("'{}' is not of one role alone", key));
    }
  }
}

/// What both roles read alike is told once.
void tell_once(const Findings& more, Findings& findings) {
  for (const Diagnostic& fault : more.placed()) {
    const auto& told = findings.placed();
    const bool known = std::any_of(told.begin(), told.end(), [&](const Diagnostic& other) {
      return other.where.source == fault.where.source && other.where.line == fault.where.line &&
             other.where.column == fault.where.column && other.message == fault.message;
    });
    if (!known) findings.report(fault);
  }
  if (!findings.any()) findings.report_unplaced(more);
}

}  // namespace

std::optional<PerSecond> read_rate(Section& section) {
  const Node* const value = section.find("rate");
  if (value == nullptr) return std::nullopt;
  Node number = *value;
  constexpr std::string_view kUnit = "/s";
  section.takes("rate", "requests per second, as 50/s", fmt::format("^{}/s$", kNumberPattern));
  if (number.is_scalar() && number.text.ends_with(kUnit)) {
    number.text.resize(number.text.size() - kUnit.size());
  }
  const auto rate = section.number_of(number, section.path_of("rate"), range::kRate);
  if (!rate) return std::nullopt;
  return PerSecond(*rate);
}

PlanQuestion assemble_plan(ProblemTrees trees, Texts& texts, KnownFiles* known) {
  PlanQuestion question;
  if (!trees.workload.is_map()) {
    question.decode = assemble(trees, texts);  // says what is wrong
    return question;
  }
  const Node root = trees.workload;
  const Node shared = read_deployment(root, question, texts.findings, known);
  for (const char* const role : {"prefill", "decode"}) check_role(root, role, texts.findings);
  const RequestLengths& lengths = question.lengths;
  if (trees.search && trees.search->is_map()) open_layouts(*trees.search);
  trees.workload = role_tree(shared, root, "decode", decode_context(lengths));
  question.decode = assemble(trees, texts, known);
  Node prompts = role_tree(shared, root, "prefill", prompt_context(lengths));
  const auto drafts = [](const Entry& entry) { return entry.key.text == "mtp"; };
  auto& entries = prompts.entries;
  entries.erase(std::remove_if(entries.begin(), entries.end(), drafts), entries.end());
  trees.workload = std::move(prompts);
  Texts again;
  question.prefill = assemble(trees, again, known);
  tell_once(again.findings, texts.findings);
  for (const Problem* const of : {&question.decode, &question.prefill}) {
    const auto* const tokens = std::get_if<TokensPerRank>(&of->workload.traffic.tokens);
    if (tokens == nullptr || tokens->expert_load == ExpertLoad::kPerRank) continue;
    texts.findings.report(root.place, "a plan counts the tokens of each rank: expert_load is T*k");
    break;
  }
  question.decode.workload.slo.tpot = question.level.tpot;
  return question;
}

PlanQuestion read_plan(const ProblemFiles& files) {
  Texts texts;
  ProblemTrees trees = load_trees(files, texts);
  lay_over(files.set, trees, texts);
  PlanQuestion question = assemble_plan(std::move(trees), texts);
  texts.findings.throw_if_any();
  return question;
}

AnyQuestion read_any(const ProblemFiles& files) {
  Texts texts;
  ProblemTrees trees = load_trees(files, texts);
  return assemble_any(files.set, std::move(trees), texts);
}

AnyQuestion assemble_any(const std::vector<std::string>& set, ProblemTrees trees, Texts& texts) {
  lay_over(set, trees, texts);
  AnyQuestion question;
  if (trees.workload.is_map() && trees.workload.find("traffic") != nullptr) {
    question.plan = assemble_plan(std::move(trees), texts);
  } else {
    question.problem = assemble(trees, texts);
  }
  texts.findings.throw_if_any();
  return question;
}

}  // namespace wideep
