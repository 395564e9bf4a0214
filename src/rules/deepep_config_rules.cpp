// Sizes of queues that SGLang's --deepep-config gives DeepEP's normal kernels.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "rules/deepep_use.h"

namespace wideep {
namespace {

constexpr std::string_view kDeepEpConfig = "deepep-config";
constexpr int kDeepEpNode = 8;  ///< ranks

// What is not stated is as DeepEP's Config has it (csrc/deep_ep.cpp).
constexpr long long kDeepEpSms = 20;
constexpr long long kDeepEpSend = 6;
constexpr long long kDeepEpReceive = 256;

/// A kernel's part of it.
struct DeepEpQueues {
  long long sms = kDeepEpSms;
  long long nvl_send = kDeepEpSend;
  long long nvl_recv = kDeepEpReceive;
  long long rdma_send = kDeepEpSend;
  long long rdma_recv = kDeepEpReceive;
};

std::string deepep_part(std::string_view part, std::string_view key) {
  return fmt::format("{}.{}{}{}", kDeepEpConfig, part, key.empty() ? "" : ".", key);
}

DeepEpQueues deepep_queues(const RuleContext& context, std::string_view part) {
  constexpr long long kMost = 1'000'000;  // tokens, beyond any queue
  DeepEpQueues queues;
  const auto take = [&](std::string_view key, long long& value) {
    const auto stated = flag_number(context.role, deepep_part(part, key));
    if (stated && std::abs(*stated) <= kMost) value = *stated;
  };
  take("num_sms", queues.sms);
  take("num_max_nvl_chunked_send_tokens", queues.nvl_send);
  take("num_max_nvl_chunked_recv_tokens", queues.nvl_recv);
  take("num_max_rdma_chunked_send_tokens", queues.rdma_send);
  take("num_max_rdma_chunked_recv_tokens", queues.rdma_recv);
  return queues;
}

RuleCase deepep_config_case(const RuleContext& context, std::string message) {
  return {.message = std::move(message), .at = place_of_flag(context, kDeepEpConfig)};
}

/// Sends and room for what comes, of one kernel over one way.
void deepep_chunks(const RuleContext& context,
                   std::string_view part,
                   std::string_view way,
                   std::pair<long long, long long> sizes,
                   std::vector<RuleCase>& cases) {
  const auto [send, receive] = sizes;
  if (send > 0 && send < receive) return;
  const auto key = deepep_part(part, fmt::format("num_max_{}_chunked_recv_tokens", way));
  RuleCase found = deepep_config_case(
      context,
      fmt::format("{} sends {} tokens at once by {} into room for {}, which must be more: DeepEP "
                  "asserts at start",
                  part,
                  send,
                  way == "nvl" ? "NVLink" : "RDMA",
                  receive));
  if (send > 0) found.changes = {set_flag(key, 2 * send)};
  cases.push_back(std::move(found));
}

void deepep_combine_room(const RuleContext& context, int ranks, std::vector<RuleCase>& cases) {
  const DeepEpQueues combine = deepep_queues(context, "normal_combine");
  const long long nodes = ranks / kDeepEpNode;
  if (nodes < 2) return;
  const long long least = std::max(combine.rdma_send, combine.nvl_send);
  if (combine.nvl_recv % nodes == 0 && combine.nvl_recv / nodes > least) return;
  const long long wanted = std::max((combine.nvl_recv + nodes - 1) / nodes, least + 1) * nodes;
  RuleCase found = deepep_config_case(
      context,
      fmt::format("normal_combine has room for {} tokens over NVLink, which {} nodes must share "
                  "evenly with more than {} each: the first step asserts",
                  combine.nvl_recv,
                  nodes,
                  least));
  found.changes = {
      set_flag(deepep_part("normal_combine", "num_max_nvl_chunked_recv_tokens"), wanted)};
  cases.push_back(std::move(found));
}

void deepep_config_sms(const RuleContext& context, std::vector<RuleCase>& cases) {
  const long long dispatch = deepep_queues(context, "normal_dispatch").sms;
  const long long combine = deepep_queues(context, "normal_combine").sms;
  const auto key = deepep_part("normal_combine", "num_sms");
  if (dispatch != combine) {
    RuleCase found = deepep_config_case(
        context,
        fmt::format("normal_dispatch has {} SMs and normal_combine {}: SGLang asserts at start",
                    dispatch,
                    combine));
    found.changes = {set_flag(key, dispatch)};
    cases.push_back(std::move(found));
  } else if (dispatch % 2 != 0) {
    RuleCase found = deepep_config_case(
        context,
        fmt::format("{} SMs are an odd number, and channels take two: DeepEP asserts", dispatch));
    const std::string even = std::to_string(dispatch + 1);
    found.changes = {set_flag(deepep_part("normal_dispatch", "num_sms"), even),
                     set_flag(key, even)};
    cases.push_back(std::move(found));
  }
}

void deepep_config(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto use = deepep_use(context);
  const auto text = flag_text(context.role, kDeepEpConfig);
  // A file's name: what it holds is not known here.
  if (!use || !use->normal || !text || !text->starts_with('{')) return;
  for (const std::string_view part : {"normal_dispatch", "normal_combine"}) {
    if (flag(context.role, deepep_part(part, "")) != nullptr) continue;
    RuleCase found = deepep_config_case(
        context, fmt::format("deepep-config has no {}: SGLang fails at start", part));
    found.advice = "both normal_dispatch and normal_combine";
    cases.push_back(std::move(found));
    return;
  }
  deepep_config_sms(context, cases);
  for (const std::string_view part : {"normal_dispatch", "normal_combine"}) {
    const DeepEpQueues queues = deepep_queues(context, part);
    deepep_chunks(context, part, "nvl", {queues.nvl_send, queues.nvl_recv}, cases);
    deepep_chunks(context, part, "rdma", {queues.rdma_send, queues.rdma_recv}, cases);
  }
  deepep_combine_room(context, use->ranks, cases);
}

constexpr std::array kDeepEpConfigRules = {DeploymentRule{
    .name = "deepep-config-chunks",
    .grade = Grade::kError,
    .what = "--deepep-config gives both of DeepEP's normal kernels their sizes: an even number of "
            "SMs, the same in both, more room for what comes than is sent at once, and in combine "
            "an even share of it for each node that is larger than what is sent.",
    .fix = "DeepEP's own sizes for that many ranks, deep_ep/buffers/legacy.py",
    .source = "deepseek-ai/DeepEP csrc/legacy/config.hpp and csrc/kernels/legacy/internode.cu "
              "@dd758ca; sglang/srt/layers/moe/token_dispatcher/deepep.py @003a81bf",
    .versions = "DeepEP's first kernels, all builds",
    .find = deepep_config}};

}  // namespace

std::span<const DeploymentRule> deepep_config_rules() {
  return kDeepEpConfigRules;
}

}  // namespace wideep
