// A figure that a workload states replaces the computed one and nothing else.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "input/read_problem.h"
#include "model/prediction.h"
#include "model/step.h"
#include "model/thresholds.h"
#include "model/unevenness.h"
#include "support/asked.h"
#include "support/folder.h"

namespace wideep::stated_figures_test {
namespace {

using doctest::Approx;

/// Everything that can be computed is: experts, attention, dense layers, head, load.
constexpr const char* kWorkload = R"(model: deepseek-v3
fabric: h100-ib400
tokens_per_rank: 128
expert_load: T*k
context: 4096
dispatch_dtype: fp8
combine_dtype: bf16
straggler_factor: {zipf: 0.3, placement: balanced}
search: {ep_width: [64], kernel: [LL], overlap: [dbo], split: half}
)";

constexpr Config kConfig{
    .ep_width = 64, .kernel = 0, .overlap = Overlap::kDbo, .first_tokens = 64.0};

Problem read(const std::vector<std::string>& set) {
  const Folder folder;
  return read_problem(
      ProblemFiles{folder.write("workload.yaml", kWorkload), std::nullopt, std::nullopt, set});
}

/// In every digit.
std::string exact(double value) {
  std::string text(32, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.17g", value)));
  return text;
}

std::string text_of(Seconds time) {
  return exact(time.base()) + "s";
}

std::string text_of(BytesPerSecond rate) {
  return exact(rate.base()) + "B/s";
}

void check_same_step(const StepTimes& stated, const StepTimes& computed) {
  CHECK(stated.moe_layers / computed.moe_layers == Approx(1.0));
  CHECK(stated.dense_layers / computed.dense_layers == Approx(1.0));
  CHECK(stated.head / computed.head == Approx(1.0));
  CHECK(stated.overhead == computed.overhead);
  CHECK(stated.lost / computed.lost == Approx(1.0));
  CHECK(stated.tpot / computed.tpot == Approx(1.0));
}

void check_same_memory(const MemoryUse& stated, const MemoryUse& computed) {
  CHECK(stated.expert_weights == computed.expert_weights);
  CHECK(stated.other_weights == computed.other_weights);
  CHECK(stated.cache == computed.cache);
  CHECK(stated.buffers == computed.buffers);
  CHECK(stated.activations / computed.activations == Approx(1.0));
  CHECK(stated.reserved == computed.reserved);
  CHECK(stated.capacity == computed.capacity);
}

template <class Q>
void check_same(const Threshold<Q>& stated, const Threshold<Q>& computed) {
  REQUIRE(stated.value.has_value() == computed.value.has_value());
  CHECK(stated.reason == computed.reason);
  if (stated.value && *computed.value != Q{}) CHECK(*stated.value / *computed.value == Approx(1.0));
}

void check_same_thresholds(const Thresholds& stated, const Thresholds& computed) {
  check_same(stated.full_overlap_tokens, computed.full_overlap_tokens);
  check_same(stated.break_even_tokens, computed.break_even_tokens);
  check_same(stated.break_even_half_split_tokens, computed.break_even_half_split_tokens);
  check_same(stated.kernel_crossover.tokens, computed.kernel_crossover.tokens);
  check_same(stated.chunk_lower_bound, computed.chunk_lower_bound);
  check_same(stated.chunk_lower_bound_round_trip, computed.chunk_lower_bound_round_trip);
}

/// What the model and the GPU give, stated at the value that they give.
std::vector<std::string> computed_figures(const Problem& p) {
  const Workload& w = p.workload;
  const Gpu& gpu = *p.fabric.gpu;
  return {"expert_time={launch: " + text_of(w.figures.expert.launch) +
              ", weight_read: " + text_of(w.figures.expert.weight_read) +
              ", fixed: " + text_of(w.figures.expert.fixed) +
              ", per_token: " + text_of(w.figures.expert.per_token) + "}",
          "attention_time={fixed: " + text_of(w.figures.dense.sum().fixed) +
              ", weight_read: " + text_of(w.figures.dense.sum().weight_read) +
              ", compute_per_token: " + text_of(w.figures.dense.sum().compute_per_token) +
              ", per_token: " + text_of(w.figures.dense.sum().per_token) + "}",
          "straggler_factor=" + exact(straggler_factor(w, asked(p, kConfig))),
          "comm_straggler_factor=1",
          "other_step_time=0s",
          "step_overhead=0s",
          "serving_efficiency=" + exact(w.figures.outside.efficiency),
          "mtp={draft_tokens: 0, accepted: 0}",
          "off_domain_fraction=" + exact(1.0 - 8.0 / 64.0),
          "phase=decode",
          "routing=random",
          "redundant_experts=0",
          "dispatch_dtype=null",  // with the next, which are its bytes
          "hidden_size=" + std::to_string(w.model.hidden_size),
          "top_k=" + std::to_string(w.model.top_k),
          "experts=" + std::to_string(*w.model.experts),
          "moe_layers=" + std::to_string(w.model.moe_layers),
          "dense_layers=" + std::to_string(w.figures.outside.dense_layers),
          "groups=" + std::to_string(w.model.groups),
          "groups_per_token=" + std::to_string(w.model.groups_per_token),
          "vocab_size=129280",
          "model.weight_dtype=fp8",
          "model.dense_weight_dtype=fp8",
          "model.kv_dtype=fp8",
          "model.shared_intermediate_size=2048",
          "model.expert_matrices=3",
          "gpu.sms=" + std::to_string(*gpu.sms),
          "gpu.hbm_bandwidth=" + text_of(*gpu.hbm_bandwidth),
          "gpu.hbm_efficiency=" + exact(gpu.hbm_efficiency),
          "gpu.flop_efficiency=" + exact(gpu.flop_efficiency),
          "gpu.padding_tokens=" + exact(gpu.padding_tokens),
          "gpu.expert_launch=" + text_of(gpu.expert_launch),
          "gpu.attention.decode.launch=" + text_of(gpu.decode.launch),
          "gpu.memory=" + exact(gpu.memory->base()) + "B",
          "gpu.memory_reserved=" + exact(gpu.memory_reserved.base()) + "B"};
}

TEST_SUITE("input/stated_figures") {
  TEST_CASE("each computed figure, stated at its value, gives the same step, memory, thresholds") {
    const Problem computed = read({});
    REQUIRE(computed.workload.figures.outside_origin == Origin::kHardware);
    const Prediction expected = predict(computed, asked(computed, kConfig));
    const Thresholds expected_thresholds = thresholds(computed, asked(computed, kConfig));
    for (const std::string& figure : computed_figures(computed)) {
      CAPTURE(figure);
      std::vector<std::string> set = {figure};
      if (figure.starts_with("dispatch_dtype")) set.emplace_back("dispatch_element_bytes=1.03125");
      const Problem stated = read(set);
      const Prediction found = predict(stated, asked(stated, kConfig));
      check_same_step(found.step, expected.step);
      check_same_memory(*found.memory, *expected.memory);
      check_same_thresholds(thresholds(stated, asked(stated, kConfig)), expected_thresholds);
    }
  }

  TEST_CASE("attention that is stated leaves dense layers, head and efficiency") {
    const Problem computed = read({});
    const DenseParts& dense = computed.workload.figures.dense;
    const Seconds each = dense.sum().per_token;
    const Problem stated =
        read({"attention_time={fixed: " + text_of(dense.time(128) - 128.0 * each) +
              ", per_token: " + text_of(each) + "}"});
    CHECK(stated.workload.figures.dense_origin == Origin::kStated);
    CHECK(stated.workload.figures.outside_origin == Origin::kHardware);
    // One batch, for which both laws give the same; halves would read their weights twice.
    constexpr Config kWhole{.ep_width = 64, .kernel = 0};
    const Prediction found = predict(stated, asked(stated, kWhole));
    const Prediction expected = predict(computed, asked(computed, kWhole));
    check_same_step(found.step, expected.step);
    check_same_memory(*found.memory, *expected.memory);
  }

  TEST_CASE("a figure stated at another value changes its own part of the step only") {
    const StepTimes computed = with_asked(predict, read({}), kConfig).step;
    // Twice the attention: the MoE layers take longer, the rest what it took.
    const StepTimes slow =
        with_asked(predict, read({"attention_time={fixed: 1ms, per_token: 1us}"}), kConfig).step;
    CHECK(slow.moe_layers > computed.moe_layers);
    CHECK(slow.dense_layers == computed.dense_layers);
    CHECK(slow.head == computed.head);
    CHECK(slow.lost / slow.total == Approx(1.0 - kServingEfficiency));
    const StepTimes late = with_asked(predict, read({"other_step_time=4ms"}), kConfig).step;
    CHECK(late.moe_layers == computed.moe_layers);
    CHECK(late.dense_layers == computed.dense_layers);
    CHECK(late.head == computed.head);
    CHECK((late.total - computed.total) / unit::ms == Approx(4.0 / kServingEfficiency));
  }

  TEST_CASE("attention of which nothing is stated is a fault") {
    CHECK_THROWS_WITH_AS(read({"attention_time={}"}),
                         doctest::Contains("'attention_time' needs one of its times"),
                         InputError);
  }
}

}  // namespace
}  // namespace wideep::stated_figures_test
