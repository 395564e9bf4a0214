#include "regret/question.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "deploy/sizes.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Prompts and answers of the benchmarks that most recipes are tuned with (SemiAnalysisAI
/// InferenceX: 8k/1k).
constexpr int kUsualPrompt = 8'192;
constexpr int kUsualAnswer = 1'024;

/// Routing as TensorRT-LLM published it of DeepSeek-R1 (blog 4), the only one published by expert.
constexpr const char* kSkew = "{zipf: 0.614}";

constexpr const char* kSkewAssumed = "routing as published of DeepSeek-R1";

/// Drafts that are accepted, by how many are drafted: as TensorRT-LLM published it of DeepSeek-R1
/// (blog 1, batch 1), the only one published by depth; more are of no use there.
constexpr std::array kAccepted = {0.92, 1.58, 1.82, 1.99, 2.01};

double accepted_of(int drafts) {
  return kAccepted[std::min<std::size_t>(static_cast<std::size_t>(drafts), kAccepted.size()) - 1];
}

struct Requests {
  int prompt = kUsualPrompt;
  int answer = kUsualAnswer;
};

std::optional<int> first_stated(const std::optional<int>& asked,
                                const std::optional<Stated<int>>& in_file) {
  if (asked) return asked;
  if (in_file) return in_file->value;
  return std::nullopt;
}

Requests requests_of(const Deployment& job, const PricedBy& by, std::vector<std::string>& assumed) {
  Requests requests;
  const std::optional<int> prompt = first_stated(by.traffic.input_tokens, job.input_tokens);
  const std::optional<int> answer = first_stated(by.traffic.output_tokens, job.output_tokens);
  if (!prompt || !answer) {
    assumed.push_back(fmt::format("prompts of {} and answers of {} tokens",
                                  format_count(kUsualPrompt),
                                  format_count(kUsualAnswer)));
    return requests;
  }
  return {.prompt = std::max(1, *prompt), .answer = std::max(1, *answer)};
}

/// Whether the file's precision, or else its model's name, says a type.
bool says_type(const Deployment& job, std::string_view type) {
  std::string text = job.precision ? job.precision->value : job.model ? job.model->value : "";
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text.find(type) != std::string::npos;
}

std::string model_lines(const Deployment& job, const std::string& preset) {
  if (says_type(job, "fp4")) {
    return fmt::format(
        "model: {{preset: {}, weight_dtype: nvfp4, dense_weight_dtype: fp8}}\n"
        "dispatch_dtype: nvfp4\n",
        preset);
  }
  const char* const weights = says_type(job, "fp8") ? ", weight_dtype: fp8" : "";
  return fmt::format("model: {{preset: {}{}}}\ndispatch_dtype: fp8\n", preset, weights);
}

/// What engines do alike.
std::string engine_lines(ServingEngine engine) {
  return fmt::format(
      "engine: {}\ncombine_dtype: bf16\nstraggler_factor: {}\n", id_of(engine), kSkew);
}

std::string decode_lines(const DeployedRole& role, const Requests& requests, int batch) {
  const int drafts = sizes_of(role).drafts_or_default();
  std::string lines = fmt::format("context: {}\nglobal_tokens: {}\n",
                                  requests.prompt + requests.answer / 2,
                                  batch * (1 + drafts));
  // Of two configurations of one batch, what is accepted lets neither gain on the other.
  if (drafts > 0) lines += fmt::format("mtp: {{draft_tokens: {}, accepted: 0}}\n", drafts);
  return lines;
}

}  // namespace

int requests_in_flight(const Deployment& job, const PricedBy& by) {
  int in_flight = by.traffic.concurrency.value_or(0);
  for (const Stated<int>& each : job.concurrencies) in_flight = std::max(in_flight, each.value);
  return in_flight;
}

int decode_batch(const Deployment& job, const DeployedRole& role, const PricedBy& by) {
  const int in_flight = requests_in_flight(job, by);
  const int instances = instances_of(role);
  int batch = (in_flight + instances - 1) / instances;
  if (const auto most = sizes_of(role).max_batch_per_rank) {
    const int taken = std::max(1, *most) * attention_groups(role);
    batch = batch == 0 ? taken : std::min(batch, taken);
  }
  return batch;
}

std::optional<int> prompt_chunk(const DeployedRole& role) {
  if (role.engine != ServingEngine::kSglang) return sizes_of(role).capacity;
  const auto chunk = flag_number(role, "chunked-prefill-size");
  if (!chunk || *chunk < 1) return std::nullopt;
  const long long each = *chunk / attention_groups(role);
  return each < 1 ? std::nullopt : std::optional(static_cast<int>(each));
}

RoleQuestion question_of(const Deployment& job,
                         const DeployedRole& role,
                         const PricedBy& by,
                         std::optional<int> fitting) {
  RoleQuestion question;
  const auto cannot = [&question](std::string why) {
    question.why_not = std::move(why);
    return question;
  };
  if (!by.model) return cannot("its model is not known; name it with --model");
  if (!by.fabric) return cannot("its machines are not known; name them with --fabric");
  const std::optional<int> world = world_of(role);
  if (!world) return cannot("a parallel size is set to what this file does not say");
  const Requests requests = requests_of(job, by, question.assumed);
  question.requests_assumed = !question.assumed.empty();
  std::string lines = model_lines(job, *by.model);
  if (role.kind == RoleKind::kPrefill) {
    const std::optional<int> chunk = prompt_chunk(role);
    if (!chunk) return cannot("the tokens of one step of prompts are not said");
    lines += fmt::format("phase: prefill\ncontext: {}\ntokens_per_rank: {}\nexpert_load: T*k\n",
                         requests.prompt,
                         std::max(1, *chunk * attention_groups(role) / *world));
  } else {
    int batch = decode_batch(job, role, by);
    if (batch == 0) return cannot("neither requests in flight nor a largest batch is said");
    if (fitting && *fitting < batch) {
      question.assumed.push_back(fmt::format("{} requests at once, of {}: no more fit by the model",
                                             format_count(*fitting),
                                             format_count(batch)));
      batch = *fitting;
    }
    lines += decode_lines(role, requests, batch);
  }
  question.assumed.push_back(kSkewAssumed);
  if (const int more = redundant_experts(role).value_or(0); more > 0) {
    lines += fmt::format("redundant_experts: {}\n", more);
  }
  question.workload = fmt::format(
      "{}{}search: {{layouts: all, ep_width: [{}]}}\n", lines, engine_lines(role.engine), *world);
  return question;
}

RoleQuestion deployment_question(const Deployment& job,
                                 const std::vector<const DeployedRole*>& roles,
                                 const PricedBy& by) {
  RoleQuestion question;
  const Requests requests = requests_of(job, by, question.assumed);
  question.requests_assumed = !question.assumed.empty();
  question.assumed.push_back(kSkewAssumed);
  std::string lines = model_lines(job, *by.model) + engine_lines(roles.front()->engine);
  for (const DeployedRole* const role : roles) {
    const char* const name = role->kind == RoleKind::kPrefill ? "prefill" : "decode";
    lines +=
        fmt::format("{}: {{redundant_experts: {}}}\n", name, redundant_experts(*role).value_or(0));
    if (role->kind == RoleKind::kPrefill) continue;
    if (const int drafts = sizes_of(*role).drafts_or_default(); drafts > 0) {
      const double accepted = accepted_of(drafts);
      lines += fmt::format("mtp: {{draft_tokens: {}, accepted: {}}}\n", drafts, accepted);
      question.assumed.push_back(fmt::format("{} of {} drafted tokens accepted", accepted, drafts));
    }
  }
  const int in_flight = requests_in_flight(job, by);
  std::string demand;
  if (in_flight > 0) {
    demand = fmt::format(", concurrency: {}", in_flight);
  } else if (by.traffic.rate) {
    demand = fmt::format(", rate: {}", *by.traffic.rate);
  }
  question.workload =
      fmt::format("{}traffic: {{input_tokens: {}, output_tokens: {}{}}}\nroles: {}\n",
                  lines,
                  requests.prompt,
                  requests.answer,
                  demand,
                  roles.size() > 1 ? "disaggregated" : "aggregated");
  return question;
}

}  // namespace wideep
