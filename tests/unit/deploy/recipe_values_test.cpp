// Ten published recipes, whose values were read from the files by hand.
#include <array>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "deploy/sizes.h"
#include "support/published_recipes.h"
#include "support/skip.h"

namespace wideep {
namespace {

/// A role: its kind, instances x GPUs, tp, dp, ep, all-to-all, requests of a rank at most, drafted
/// tokens; "-" where the file does not say.
struct Recipe {
  const char* file;
  std::array<const char*, 2> roles;  ///< the second may be null
};

constexpr std::array kRecipes = {
    Recipe{"sglang/deepseek-v4/8k1k/disagg-gb300-8p1d-dep4-dep40-18-c2048.yaml",
           {"prefill 8x4 4 4 4 megamoe 128 -", "decode 1x40 40 40 40 megamoe 460 -"}},
    Recipe{"sglang/dsr1/b200-fp4/8k1k/disagg/mtp/8k1k_mtp_lowlat_0.yaml",
           {"prefill 1x4 4 1 1 - 512 3", "decode 5x8 8 - 1 - 512 3"}},
    Recipe{"sglang/glm5/gb200-fp4/1k1k/disagg/stp/1k1k_stp_lowlat_0.yaml",
           {"prefill 1x4 4 4 4 - 32 -", "decode 1x16 16 16 16 deepep 126 -"}},
    Recipe{"sglang/glm5.2/agentic/disagg-h200-2p2d-pcp8-tp8-dp8-mtp.yaml",
           {"prefill 2x8 8 - 1 - 32 3", "decode 2x8 8 8 1 - 25 3"}},
    Recipe{"trtllm/glm5/disagg/trtllm_dynamo/gb200_nvfp4/ISL1K_OSL1K/MTP/"
           "ctx1dep4_gen1dep32_batch8_eplb0_mtp3.yaml",
           {"prefill 1x4 4 4 4 - 16 3", "decode 1x32 32 32 32 - 8 3"}},
    Recipe{"trtllm/kimi-k2.5/disagg/trtllm_dynamo/b200-fp4/"
           "disagg-B200-1p5d-dep4-tep4-c5-stp.yaml",
           {"prefill 1x4 4 4 4 - 2 -", "decode 5x4 4 1 4 - 1 -"}},
    Recipe{"vllm/deepseek-v4/8k1k/disagg-b200-1p2d-dep8-dep8-mtp.yaml",
           {"prefill 1x8 1 8 8 - 16 3", "decode 2x8 1 8 8 - 128 3"}},
    Recipe{"vllm/kimi-k2.5-fp4/8k1k/disagg-gb300-8p1d-dep4-dep24.yaml",
           {"prefill 8x4 1 4 4 flashinfer_nvlink_one_sided 4096 -",
            "decode 1x24 1 24 24 flashinfer_nvlink_one_sided 512 -"}},
    Recipe{"vllm/kimi-k3/agentic/agg-h200-tp8dp4ep32-balanced-agentic.yaml",
           {"aggregated 1x32 8 4 32 - 8 2", nullptr}},
    Recipe{"vllm/minimax-m3/b200-fp4/8k1k/4p2d-dep2-tp4-c1024-8k1k.yaml",
           {"prefill 4x2 1 2 2 - 16 -", "decode 2x4 4 - 1 deepep_low_latency 512 -"}}};

std::string or_dash(const std::optional<int>& value) {
  return value ? fmt::format("{}", *value) : "-";
}

std::string line_of(const DeployedRole& role) {
  const RoleSizes sizes = sizes_of(role);
  return fmt::format("{} {}x{} {} {} {} {} {} {}",
                     name_of(role.kind),
                     role.instances->value,
                     role.gpus->value,
                     or_dash(sizes.tp),
                     or_dash(sizes.dp),
                     or_dash(sizes.ep),
                     sizes.all2all.value_or("-"),
                     or_dash(sizes.max_batch_per_rank),
                     or_dash(sizes.draft_tokens));
}

}  // namespace

TEST_SUITE("deploy") {
  TEST_CASE("published recipes say what was read from them by hand") {
    if (!published_there()) return;
    for (const Recipe& recipe : kRecipes) {
      CAPTURE(recipe.file);
      const DeploymentFile file = recipe_at(recipes_folder() / recipe.file);
      REQUIRE(file.jobs.size() == 1);
      const auto& roles = file.jobs.front().roles;
      REQUIRE(roles.size() == (recipe.roles[1] == nullptr ? 1 : 2));
      for (std::size_t at = 0; at < roles.size(); ++at) {
        CHECK(line_of(roles[at]) == recipe.roles.at(at));
      }
    }
  }
}

}  // namespace wideep
