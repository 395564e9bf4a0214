#include "report/layout_limit_text.h"

#include <fmt/format.h>

#include "model/layout.h"

namespace wideep {

LimitText layout_limit_text(const Problem& problem, const BrokenLimit& limit) {
  const Config& config = limit.config;
  const std::string& kernel = problem.fabric.kernels[config.kernel].name;
  const std::string attention = name_of(config.attention);
  const auto text = [&](std::string message, std::string fix = {}) {
    return LimitText{rule_of(limit.kind), std::move(message), std::move(fix)};
  };
  switch (limit.kind) {
    case LimitKind::kLayoutUnknown:
      if (problem.workload.stated.dense) {
        return text("attention_time is stated, which says nothing of " + attention,
                    "leave attention_time out, or search.attention: [dp]");
      }
      return text("nothing says what attention costs as " + attention,
                  "give a model, context and a fabric with gpu, or search.attention: [dp]");
    case LimitKind::kGroupsDivide:
      return text(
          fmt::format("attention {} needs groups of {} GPUs, of which no width of the search "
                      "is a multiple",
                      attention,
                      whole(limit.asked)),
          "name one in search.ep_width");
    case LimitKind::kAttentionHeads:
      return text(fmt::format("the model's attention cannot be cut as {}", attention),
                  "t divides the heads, and dcp needs no head of the cache left to cut");
    case LimitKind::kAttentionDomain:
      return text(fmt::format("attention over {} ranks leaves the scale-up domain of {} GPUs",
                              whole(limit.asked),
                              whole(limit.allowed)));
    case LimitKind::kExpertSize:
      return text(fmt::format("an expert of {} is not cut evenly over {} ranks",
                              problem.workload.model.shape.expert_size.value_or(0),
                              whole(limit.asked)));
    case LimitKind::kLayoutKernel:
      if (config.copies_tokens()) {
        return text(kernel + " is an all-to-all, and the layout copies tokens by collectives");
      }
      return problem.fabric.kernels[config.kernel].fused
                 ? text(kernel + " needs data-parallel attention")
                 : text(kernel + " has collectives and no all-to-all",
                        "experts that tokens are copied to, tep or tp, go with it");
    case LimitKind::kCollectives:
      return text(fmt::format("the fabric has no collectives of {} ranks", whole(limit.asked)),
                  "add a kernel with 'collectives: true' that has them");
    default:
      return text("");
  }
}

}  // namespace wideep
