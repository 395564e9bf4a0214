#include "input/read_step.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "input/presets.h"
#include "input/read_problem.h"
#include "model/footprint.h"
#include "model/step.h"
#include "support/folder.h"
#include "support/model_file.h"

namespace wideep::read_step_test {
namespace {

using doctest::Approx;

/// 4 MoE layers and 2 dense ones, for all of which time is computed.
constexpr const char* kWorkload = R"(model:
  hidden_size: 1000
  top_k: 2
  experts: 8
  moe_layers: 4
  moe_intermediate_size: 500
  dense_layers: 2
  dense_intermediate_size: 500
  vocab_size: 50000
  weight_dtype: fp8
  attention: {kind: gqa, heads: 8, kv_heads: 2, head_dim: 100}
tokens_per_rank: 64
expert_load: T*k
element_bytes: 1
straggler_factor: 1
context: 1000
)";
/// 1 TB/s of which half is reached, 100 TFLOP/s in bf16.
constexpr const char* kFabric = R"(gpus_per_domain: 8
gpu:
  sms: 100
  hbm_bandwidth: 1TB/s
  hbm_efficiency: 50%
  flop_rate: {bf16: 100TFLOP/s, fp8: 200TFLOP/s}
  flop_efficiency: 25%
kernels:
  LL: {latency: 12us, bandwidth: 40GB/s}
)";

Problem read(const std::vector<std::string>& set = {},
             const std::string& workload = kWorkload,
             const std::string& fabric = kFabric) {
  const Folder folder;
  return read_problem(ProblemFiles{folder.write("workload.yaml", workload),
                                   folder.write("fabric.yaml", fabric),
                                   std::nullopt,
                                   set});
}

/// Every message, one a line, and its help after " | ".
std::string faults_of(const std::vector<std::string>& set,
                      const std::string& workload = kWorkload,
                      const std::string& fabric = kFabric) {
  try {
    read(set, workload, fabric);
  } catch (const InputError& error) {
    std::string lines;
    std::istringstream all(error.what());
    for (std::string line; std::getline(all, line);) {
      const std::size_t at = line.find(": error: ");
      if (at != std::string::npos) lines += (lines.empty() ? "" : "\n") + line.substr(at + 9);
      const std::size_t help = line.find("help: ");
      if (help != std::string::npos) lines += " | " + line.substr(help + 6);
    }
    return lines;
  }
  return "";
}

/// "..., 671B, ..." or "..., 2.8T, ..." in what a preset says of itself; 0 where it gives none.
double stated_parameters(const std::string& about) {
  for (std::size_t at = about.find(", "); at != std::string::npos; at = about.find(", ", at + 1)) {
    std::size_t used = 0;
    const std::string rest = about.substr(at + 2);
    if (rest.empty() || rest[0] < '0' || rest[0] > '9') continue;
    const double number = std::stod(rest, &used);
    if (used < rest.size() && rest[used] == 'B') return number * 1e9;
    if (used < rest.size() && rest[used] == 'T') return number * 1e12;
  }
  return 0.0;
}

TEST_SUITE("input/read_step") {
  TEST_CASE("dense layers, head and efficiency come with computed attention") {
    const Workload w = read().workload;
    CHECK(w.figures.outside_origin == Origin::kHardware);
    CHECK(w.figures.outside.dense_layers == 2);
    // 2 M weights of attention and 1.5 M of the MLP in fp8: 3.5 MB at 0.5 TB/s.
    CHECK(w.figures.outside.dense_layer.sum().weight_read / unit::us == Approx(7.0));
    CHECK(w.figures.outside.dense_layer.sum().per_token == w.figures.dense.sum().per_token);
    // 1000 x 50,000 in bf16.
    CHECK(w.figures.outside.head.weight_read / unit::us == Approx(200.0));
    CHECK(w.figures.outside.overhead == Seconds(0.0));  // none is guessed
    CHECK(w.figures.outside.efficiency == kServingEfficiency);
    CHECK(w.traffic.drafting.tokens == 0);
    CHECK_FALSE(w.slo.tpot);
    REQUIRE(w.figures.footprint);
    CHECK(w.figures.footprint->slot == Bytes(3.0 * 1000 * 500 * 4));
    CHECK(w.figures.footprint->sequence == Bytes(6 * 800.0 * 1000));
  }

  TEST_CASE("a model without dense layers or vocabulary has no time for them") {
    const Workload w = read({"model.dense_layers=null",
                             "model.dense_intermediate_size=null",
                             "model.vocab_size=null"})
                           .workload;
    CHECK(w.figures.outside_origin == Origin::kHardware);
    CHECK(w.figures.outside.dense_layers == 0);
    CHECK(w.figures.outside.head.time(1000) == Seconds(0.0));
    CHECK(w.figures.outside.overhead == Seconds(0.0));  // none is guessed
    CHECK(w.figures.footprint->embeddings == Bytes(0.0));
  }

  TEST_CASE("where attention cannot be computed, neither is what lies outside the MoE layers") {
    for (const char* set : {"context=null", "model.attention=null", "fabric.gpu={sms: 100}"}) {
      CAPTURE(set);
      std::vector<std::string> sets = {set, "expert_time_per_token=1us"};
      const Workload w = read(sets).workload;
      CHECK(w.figures.outside_origin == Origin::kStated);
      CHECK(w.figures.outside.dense_layers == 0);
      CHECK(w.figures.outside.head.time(1000) == Seconds(0.0));
      CHECK(w.figures.outside.overhead == Seconds(0.0));
      CHECK(w.figures.outside.efficiency == 1.0);
    }
  }

  TEST_CASE("other_step_time is what a step takes beside the computed parts, which stay") {
    const Workload w = read({"other_step_time=5ms"}).workload;
    CHECK(w.figures.outside_origin == Origin::kHardware);
    CHECK(w.figures.dense_origin == Origin::kHardware);
    CHECK(w.figures.outside.overhead / unit::ms == Approx(5.0));
    CHECK(w.figures.outside.dense_layers == 2);
    CHECK(w.figures.outside.head.weight_read / unit::us == Approx(200.0));
    CHECK(w.figures.outside.efficiency == kServingEfficiency);
    CHECK(w.figures.footprint);
    CHECK(read({"other_step_time=0s"}).workload.figures.outside.overhead == Seconds(0.0));
    CHECK(read({"other_step_time=5ms", "serving_efficiency=0.5"})
              .workload.figures.outside.efficiency == Approx(0.5));
    CHECK(faults_of({"other_step_time=5ms", "step_overhead=1ms"}) ==
          "give 'other_step_time' or 'step_overhead', which is the same");
    CHECK(faults_of({"other_step_time=5"}).starts_with("'other_step_time' has no unit"));
  }

  TEST_CASE("overhead and efficiency may be stated beside the computed parts") {
    Workload w = read({"step_overhead=1ms", "serving_efficiency=90%"}).workload;
    CHECK(w.figures.outside_origin == Origin::kHardware);
    CHECK(w.figures.outside.overhead / unit::ms == Approx(1.0));
    CHECK(w.figures.outside.efficiency == Approx(0.9));
    CHECK(w.figures.outside.dense_layers == 2);
    CHECK(read({"serving_efficiency=1"}).workload.figures.outside.efficiency == 1.0);
    CHECK(read({"serving_efficiency=1%"}).workload.figures.outside.efficiency == Approx(0.01));
    const std::string range = "'serving_efficiency' must be from 1.0% to 100.0%";
    CHECK(faults_of({"serving_efficiency=0"}) == range);
    CHECK(faults_of({"serving_efficiency=0.5%"}) == range);
    CHECK(faults_of({"serving_efficiency=1.2"}) == range);
    CHECK(faults_of({"serving_efficiency=often"}) ==
          "'serving_efficiency' must be a share, such as 5% or 0.05");
  }

  TEST_CASE("a fabric's overhead and efficiency hold where the workload states none") {
    const auto figures = [](const std::vector<std::string>& set) {
      return read(set).workload.figures;
    };
    Figures given = figures({"fabric.serving_efficiency=60%", "fabric.step_overhead=2ms"});
    CHECK(given.outside.efficiency == Approx(0.6));
    CHECK(given.outside.overhead / unit::ms == Approx(2.0));
    CHECK(given.efficiency_origin == ServingOrigin::kFabric);
    CHECK(given.overhead_origin == ServingOrigin::kFabric);
    given = figures({"fabric.serving_efficiency=60%", "serving_efficiency=90%"});
    CHECK(given.outside.efficiency == Approx(0.9));
    CHECK(given.efficiency_origin == ServingOrigin::kStated);
    CHECK(given.overhead_origin == ServingOrigin::kDefault);
    given = figures({"fabric.step_overhead=2ms", "other_step_time=1ms"});
    CHECK(given.outside.overhead / unit::ms == Approx(1.0));
    CHECK(given.overhead_origin == ServingOrigin::kStated);
    given = figures({});
    CHECK(given.outside.efficiency == kServingEfficiency);
    CHECK(given.outside.overhead == Seconds(0.0));
    CHECK(given.efficiency_origin == ServingOrigin::kDefault);
    CHECK(faults_of({"fabric.serving_efficiency=1.2"}) ==
          "'serving_efficiency' must be from 1.0% to 100.0%");
    CHECK(faults_of({"fabric.step_overhead=2"}).starts_with("'step_overhead' has no unit"));
  }

  TEST_CASE(
      "slo.tpot and slo.ttft are times, the latter of prompts, and nothing else is promised") {
    CHECK(*read({"slo.tpot=30ms"}).workload.slo.tpot / unit::ms == Approx(30.0));
    CHECK(faults_of({"slo.tpot=30"}).starts_with("'slo.tpot' has no unit"));
    CHECK(faults_of({"slo.tpot=0s"}).starts_with("'slo.tpot' must be from"));
    CHECK(faults_of({"slo.ttft=1s"}).starts_with("'slo.ttft' is of prefill"));
    CHECK(faults_of({"slo.ttft=1s", "phase=prefill", "context=null"})
              .starts_with("'slo.ttft' needs 'context'"));
    const Workload prompts = read({"slo.ttft=1s", "phase=prefill", "context=1000"}).workload;
    CHECK(*prompts.slo.ttft / unit::s == Approx(1.0));
    CHECK(faults_of({"slo.e2e=1s"}).starts_with("unknown key 'slo.e2e'"));
  }

  TEST_CASE("drafting: tokens, how many are accepted, and what a model loads for it") {
    const Workload plain = read({"model.mtp_layers=1"}).workload;
    const Workload w =
        read({"model.mtp_layers=1", "mtp={draft_tokens: 2, accepted: 1.5}"}).workload;
    CHECK(w.traffic.drafting.tokens == 2);
    CHECK(w.traffic.drafting.accepted == Approx(1.5));
    // Three tokens share one reading of the cache, 1.6 us, until 0.032 us of arithmetic.
    CHECK(w.figures.dense.sum().per_token.base() ==
          Approx(plain.figures.dense.sum().per_token.base() / 3.0));
    CHECK(w.figures.outside.dense_layer.sum().per_token == w.figures.dense.sum().per_token);
    // The layer that drafts is loaded only where that is done.
    CHECK(plain.figures.footprint->slot == Bytes(1'500'000.0 * 4));
    CHECK(w.figures.footprint->slot == Bytes(1'500'000.0 * 5));
    CHECK(w.model.moe_layers == 4);
    CHECK(read({"mtp={draft_tokens: 1, accepted: 1}"}).workload.traffic.drafting.accepted == 1.0);
    CHECK(read({"mtp={draft_tokens: 0, accepted: 0}"}).workload.traffic.drafting.tokens == 0);
    // By depth: the whole of what is drafted, of which `plan` may take less.
    const Drafting listed = read({"mtp={accepted: [0.8, 1.4, 1.75]}"}).workload.traffic.drafting;
    CHECK(listed.tokens == 3);
    CHECK(listed.accepted == 1.75);
    CHECK(listed.by_depth == std::vector<double>{0.8, 1.4, 1.75});
    const Drafting shorter =
        read({"mtp={draft_tokens: 2, accepted: [0.8, 1.4, 1.75]}"}).workload.traffic.drafting;
    CHECK(shorter.accepted == 1.4);
    const Drafting rated =
        read({"mtp={draft_tokens: 2, acceptance_rate: 50%}"}).workload.traffic.drafting;
    CHECK(rated.accepted == 0.75);
    CHECK(rated.by_depth == std::vector<double>{0.5, 0.75});
    CHECK(faults_of({"mtp={accepted: [0.8, 0.7]}"}) ==
          "'mtp.accepted' by depth grows by 0 to 1 with each token that is drafted");
    CHECK(faults_of({"mtp={draft_tokens: 3, accepted: [0.8]}"}) ==
          "'mtp.accepted' has fewer depths than 'mtp.draft_tokens'");
  }

  TEST_CASE("faults of mtp, each once") {
    CHECK(faults_of({"mtp={draft_tokens: 1, accepted: 1.01}"}) ==
          "'mtp.accepted' is more than the tokens that are drafted");
    CHECK(faults_of({"mtp={draft_tokens: 1}"}) ==
          "missing key 'mtp.accepted' | or acceptance_rate: 0.8");
    CHECK(faults_of({"mtp={accepted: 0}"}) == "missing key 'mtp.draft_tokens'");
    CHECK(faults_of({"mtp={}"}) ==
          "missing key 'mtp.draft_tokens'\nmissing key 'mtp.accepted' | or acceptance_rate: 0.8");
    CHECK(faults_of({"mtp={draft_tokens: 65, accepted: 0}"}) ==
          "'mtp.draft_tokens' must be from 0 to 64");
    CHECK(faults_of({"mtp={draft_tokens: 1, accepted: -0.1}"}) ==
          "'mtp.accepted' must be from 0 to 64");
    CHECK(faults_of({"mtp={draft_token: 1, accepted: 0}"}) ==
          "unknown key 'mtp.draft_token' | did you mean 'draft_tokens'?");
    CHECK(faults_of({"mtp=1"}) == "'mtp' must be a mapping of keys to values");
    CHECK(faults_of({"mtp={draft_tokens: 1, accepted: 0.8}", "phase=prefill"}) ==
          "'mtp' is for decode: a prefill step drafts nothing");
  }

  TEST_CASE("an accepted share without how many are drafted is one fault, not two") {
    CHECK(faults_of({"mtp={accepted: 0.8}"}) == "missing key 'mtp.draft_tokens'");
    CHECK(faults_of({"mtp={draft_tokens: x, accepted: 0.8}"}) ==
          "'mtp.draft_tokens' must be a whole number");
  }

  TEST_CASE("memory of a GPU, of which some is reserved") {
    const Gpu gpu = *read({"gpu.memory=80GiB", "gpu.memory_reserved=4GB"}).fabric.gpu;
    CHECK(gpu.memory == Bytes(80.0 * 1024 * 1024 * 1024));
    CHECK(gpu.memory_reserved == Bytes(4e9));
    CHECK_FALSE(read().fabric.gpu->memory);
    CHECK(faults_of({"gpu.memory=80GB", "gpu.memory_reserved=81GB"}) ==
          "'gpu.memory_reserved' is more than 'gpu.memory'");
    CHECK_FALSE(read({"gpu.memory_reserved=1GB"}).fabric.gpu->memory);  // of nothing known
    CHECK(faults_of({"gpu.memory=80"}).starts_with("'gpu.memory' has no unit"));
    CHECK(faults_of({"gpu.memory=2PB"}).starts_with("'gpu.memory' must be"));
    CHECK(faults_of({"gpu.memory=80GB/s"}).starts_with("'gpu.memory' must be"));
    CHECK(faults_of({"gpu.memroy=80GB"}) == "unknown key 'gpu.memroy' | did you mean 'memory'?");
  }

  TEST_CASE("tiles and the experts of prompts") {
    const auto experts = [](const std::vector<std::string>& set) {
      return read(set).workload.figures.expert;
    };
    // 60 ns a token, 3 us to read the weights.
    CHECK(experts({}).weight_read / unit::us == Approx(3.0));
    CHECK(experts({"gpu.tile_tokens=64"}).weight_read / unit::us == Approx(3.84));
    CHECK(experts({"gpu.tile_tokens=16"}).weight_read / unit::us == Approx(3.0));
    CHECK(faults_of({"gpu.tile_tokens=-1"}) == "'gpu.tile_tokens' must be from 0 to 65,536");
    CHECK(faults_of({"gpu.tile_tokens=70000"}) == "'gpu.tile_tokens' must be from 0 to 65,536");
    const std::vector<std::string> prompts = {
        "gpu.padding_tokens=10", "gpu.prefill_experts={launch: 30us, flop_efficiency: 50%}"};
    CHECK(experts(prompts).per_token / unit::us == Approx(0.06));
    CHECK(experts(prompts).fixed / unit::us == Approx(0.6));
    std::vector<std::string> prefill = prompts;
    prefill.emplace_back("phase=prefill");
    CHECK(experts(prefill).launch / unit::us == Approx(30.0));
    CHECK(experts(prefill).per_token / unit::us == Approx(0.03));
    CHECK(experts(prefill).fixed == Seconds(0.0));
    CHECK(experts({"gpu.prefill_experts={launch: 30us}", "phase=prefill"}).per_token / unit::us ==
          Approx(0.015));  // all of the rate
    CHECK(faults_of({"gpu.prefill_experts={launch: 30}"})
              .starts_with("'gpu.prefill_experts.launch' has no unit"));
    CHECK(faults_of({"gpu.prefill_experts={flop_efficiency: 0}"})
              .starts_with("'gpu.prefill_experts.flop_efficiency' must be from"));
    CHECK(faults_of({"gpu.prefill_experts={padding_tokens: 8}"})
              .starts_with("unknown key 'gpu.prefill_experts.padding_tokens'"));
  }

  TEST_CASE("a kernel's buffers are one of the rules that there are") {
    const auto rule = [](const std::vector<std::string>& set) {
      return read(set).fabric.kernels[0].buffer;
    };
    CHECK(rule({}) == BufferRule::kNone);
    CHECK(rule({"kernels.LL.buffer=none"}) == BufferRule::kNone);
    CHECK(rule({"kernels.LL.buffer=deepep_ll"}) == BufferRule::kDeepEpLl);
    CHECK(rule({"kernels.LL.buffer=deepep_ht", "kernels.LL.sms=20"}) == BufferRule::kDeepEpHt);
    CHECK(faults_of({"kernels.LL.buffer=deepep_l"}) ==
          "'kernels.LL.buffer' must be none, deepep_ll, deepep_ht or megamoe, not 'deepep_l' | did "
          "you mean "
          "'deepep_ll'?");
    CHECK(faults_of({"kernels.LL.buffer=deepep-ht"}) ==
          "'kernels.LL.buffer' must be none, deepep_ll, deepep_ht or megamoe, not 'deepep-ht' | "
          "did you mean "
          "'deepep_ht'?");
    CHECK(faults_of({"kernels.LL.buffer=128"})
              .starts_with(
                  "'kernels.LL.buffer' must be none, deepep_ll, deepep_ht or megamoe, not '128'"));
    CHECK(faults_of({"kernels.LL.buffer=[deepep_ll]"}) ==
          "'kernels.LL.buffer' must be none, deepep_ll, deepep_ht or megamoe");
    // Its buffers are as many as its SMs.
    CHECK(faults_of({"kernels.LL.buffer=deepep_ht"}) == "missing key 'kernels.LL.sms'");
  }

  TEST_CASE("dense layers need a size") {
    CHECK(faults_of({"model.dense_intermediate_size=null"}) ==
          "'dense_layers' needs 'dense_intermediate_size'");
    CHECK(faults_of({"model.dense_layers=null",
                     "model.dense_intermediate_size=null",
                     "dense_layers=3"}) == "'dense_layers' needs 'dense_intermediate_size'");
    CHECK(read({"model.dense_layers=0", "model.dense_intermediate_size=null"})
              .workload.figures.outside.dense_layers == 0);
    CHECK(read({"dense_layers=3"}).workload.figures.outside.dense_layers == 3);  // over the model's
  }

  TEST_CASE("what one kind of attention needs comes together") {
    const auto faults = [](const std::string& keys) {
      return faults_of(
          {"model.attention={kind: gqa, heads: 8, kv_heads: 2, head_dim: 100, " + keys + "}"});
    };
    CHECK(faults("window: 128, window_layers: 3").empty());
    CHECK(faults("window: 128") == "missing key 'model.attention.window_layers'");
    CHECK(faults("window_layers: 3") == "missing key 'model.attention.window'");
    CHECK(faults("linear_layers: 3, linear_state: 2MiB").empty());
    CHECK(faults("linear_layers: 3") == "missing key 'model.attention.linear_state'");
    CHECK(faults("linear_state: 2MiB") == "missing key 'model.attention.linear_layers'");
    CHECK(faults("sparse_tokens: 64, index_heads: 4, index_dim: 32").empty());
    CHECK(faults("sparse_tokens: 64, index_heads: 4") == "missing key 'model.attention.index_dim'");
    CHECK(faults("sparse_tokens: 64, index_dim: 32") ==
          "missing key 'model.attention.index_heads'");
    CHECK(faults("sparse_tokens: 64") ==
          "missing key 'model.attention.index_heads'\nmissing key 'model.attention.index_dim'");
    CHECK(faults("index_heads: 4") == "missing key 'model.attention.sparse_tokens'");
    CHECK(faults("index_dim: 4") == "missing key 'model.attention.sparse_tokens'");
    CHECK(
        faults("linear_layers: 3, linear_state: 2").starts_with("'model.attention.linear_state'"));
    CHECK(faults("window: 0, window_layers: 3").starts_with("'model.attention.window' must be"));
  }

  TEST_CASE("a key that two others need is missed once") {
    CHECK(faults_of({"model.attention.index_heads=4", "model.attention.index_dim=32"}) ==
          "missing key 'model.attention.sparse_tokens'");
  }

  TEST_CASE("layers of a kind are at most all of them") {
    const auto faults = [](int windowed, int linear) {
      return faults_of({"model.attention.window=128",
                        "model.attention.window_layers=" + std::to_string(windowed),
                        "model.attention.linear_state=2MiB",
                        "model.attention.linear_layers=" + std::to_string(linear)});
    };
    CHECK(faults(3, 3).empty());  // 4 MoE layers and 2 dense ones
    CHECK(faults(5, 1).empty());
    CHECK(faults(4, 3) == "'window_layers' and 'linear_layers' are 7, more than the 6 layers");
    CHECK(faults(7, 1) == "'window_layers' and 'linear_layers' are 8, more than the 6 layers");
  }

  TEST_CASE("shares of layers, with and without dense ones among them") {
    const Workload full = read().workload;
    const Workload w =
        read({"model.attention.window=100", "model.attention.window_layers=3"}).workload;
    // Half of the layers read 100 of 1000 positions: 1.6 us and 0.16 us.
    CHECK(full.figures.dense.sum().per_token / unit::us == Approx(1.6));
    CHECK(w.figures.dense.sum().per_token / unit::us == Approx(0.88));
    CHECK(w.figures.outside.dense_layer.sum().per_token == w.figures.dense.sum().per_token);
    CHECK(*w.figures.footprint->sequence / unit::B == Approx(800.0 * (3 * 1000 + 3 * 100)));
    // The workload's own attention stands in place of the model's, with all of its layers.
    const Workload own = read({"model.attention.window=100",
                               "model.attention.window_layers=3",
                               "attention={kind: gqa, heads: 8, kv_heads: 2, head_dim: 100}"})
                             .workload;
    CHECK(own.figures.dense.sum().per_token == full.figures.dense.sum().per_token);
  }

  TEST_CASE("every model has as many parameters as it says of itself") {
    int counted = 0;
    for (const Preset& preset : presets()) {
      if (preset.kind != PresetKind::kModel) continue;
      CAPTURE(preset.name);
      const ReadShape shape = shape_in(std::string(preset.text));
      if (!shape.mla && !shape.gqa) continue;  // attention that cannot be said
      const double stated = stated_parameters(about(preset));
      CHECK(shape.vocabulary);
      if (stated == 0.0) continue;
      ++counted;
      CHECK(parameters(shape) == Approx(stated).epsilon(0.05));
    }
    CHECK(counted >= 20);
  }

  TEST_CASE("every model is priced on a GPU: a step and, with attention, its memory") {
    int attending = 0;
    for (const Preset& preset : presets()) {
      if (preset.kind != PresetKind::kModel) continue;
      CAPTURE(preset.name);
      const std::string workload = "model: " + std::string(preset.name) +
                                   "\ntokens_per_rank: 64\nexpert_load: T*k\nelement_bytes: 1\n"
                                   "straggler_factor: 1\ncontext: 4096\n";
      const Workload w = read({},
                              workload,
                              "gpus_per_domain: 8\ngpu: h100-sxm\nkernels:\n  LL: {latency: 1us, "
                              "bandwidth: 40GB/s}\n")
                             .workload;
      const ReadShape shape = shape_in(std::string(preset.text));
      const bool attending_known = attends(shape);
      CHECK(w.figures.expert_origin == Origin::kHardware);
      CHECK((w.figures.outside_origin == Origin::kHardware) == attending_known);
      CHECK(w.figures.footprint.has_value() == attending_known);
      if (!attending_known) continue;
      ++attending;
      CHECK(w.figures.outside.dense_layers == shape.dense_layers.value_or(0));
      CHECK(w.figures.outside.head.weight_read > Seconds(0.0));
      CHECK(*w.figures.footprint->sequence > Bytes(0.0));
      CHECK(w.figures.dense.sum().per_token > Seconds(0.0));
    }
    CHECK(attending >= 22);
  }
}

}  // namespace
}  // namespace wideep::read_step_test
