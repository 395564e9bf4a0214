#include "input/read_problem.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "input/presets.h"
#include "model/unevenness.h"
#include "support/folder.h"

namespace wideep::read_problem_test {
namespace {

using doctest::Approx;

constexpr const char* kWorkload = R"(hidden_size: 7168
top_k: 8
element_bytes: 1
tokens_per_rank: 4096
expert_load: T*k
straggler_factor: 1.2
expert_time_per_token: 0.5us
)";
constexpr const char* kFabric = R"(gpus_per_domain: 8
kernels:
  LL: {latency: 12us, bandwidth: 40GB/s}
  HT: {latency: 40us, bandwidth: 400Gb/s, efficiency: 96%}
)";

Problem read(const std::string& workload,
             const std::string& fabric = kFabric,
             const std::vector<std::string>& set = {}) {
  const Folder folder;
  return read_problem(ProblemFiles{folder.write("workload.yaml", workload),
                                   folder.write("fabric.yaml", fabric),
                                   std::nullopt,
                                   set});
}

/// The messages alone, one a line: "line:column message".
std::string faults_of(const std::string& workload,
                      const std::string& fabric = kFabric,
                      const std::vector<std::string>& set = {}) {
  try {
    read(workload, fabric, set);
  } catch (const InputError& error) {
    std::string lines;
    std::istringstream all(error.what());
    for (std::string line; std::getline(all, line);) {
      const std::size_t at = line.find(": error: ");
      if (at == std::string::npos) continue;
      const std::size_t column = line.rfind(':', at - 1);
      const std::size_t row = line.rfind(':', column - 1);
      lines += line.substr(row + 1, at - row - 1) + " " + line.substr(at + 9) + "\n";
    }
    return lines;
  }
  return "";
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST_SUITE("input/read_problem") {
  TEST_CASE("the smallest input is enough, and every default is the documented one") {
    const Problem p = read(kWorkload);
    CHECK(p.workload.model.hidden_size == 7168);
    CHECK(p.workload.traffic.dispatch_element == 1.0 * unit::B);
    CHECK(p.workload.traffic.combine_element == 1.0 * unit::B);
    const auto& tokens = std::get<TokensPerRank>(p.workload.traffic.tokens);
    CHECK(tokens.tokens == 4096);
    CHECK(tokens.expert_load == ExpertLoad::kPerRank);
    CHECK(tokens.stated);
    CHECK(straggler_factor(p.workload, {.ep_width = 8}) == 1.2);
    CHECK(p.workload.figures.expert.per_token / unit::us == Approx(0.5));
    CHECK_FALSE(p.workload.traffic.off_domain_fraction.has_value());
    CHECK(p.workload.model.moe_layers == 1);
    CHECK(p.workload.figures.outside.overhead == Seconds(0.0));
    CHECK_FALSE(p.workload.model.experts.has_value());
    CHECK(p.fabric.gpus_per_domain == 8);
    REQUIRE(p.fabric.kernels.size() == 2);
    CHECK(p.fabric.kernels[1].name == "HT");
    CHECK(p.fabric.kernels[1].combine.bandwidth.at(64, 0) == 50.0 * unit::GBps);
    CHECK(p.fabric.kernels[1].dispatch.efficiency == Approx(0.96));
    CHECK(p.space.ep_widths.empty());
    CHECK(p.space.kernels == std::vector<std::size_t>{0, 1});
    CHECK(p.space.overlaps.size() == 5);
    CHECK(p.space.max_chunks == 64);
    CHECK(p.space.timing == Timing::kSchedule);
    CHECK(p.space.tolerance == Approx(0.05));
  }

  TEST_CASE("expert_load is T*k/P by default and remembers that it was not stated") {
    const Problem p = read(with(kWorkload, "expert_load: T*k\n", ""));
    const auto& tokens = std::get<TokensPerRank>(p.workload.traffic.tokens);
    CHECK(tokens.expert_load == ExpertLoad::kSharedByRanks);
    CHECK_FALSE(tokens.stated);
  }

  TEST_CASE("global tokens go without expert_load") {
    const std::string global =
        with(with(kWorkload, "expert_load: T*k\n", ""), "tokens_per_rank", "global_tokens");
    CHECK(std::get<GlobalTokens>(read(global).workload.traffic.tokens).tokens == 4096);
    CHECK(faults_of(global + "expert_load: T*k\n").starts_with("7:14 'expert_load' goes with"));
  }

  TEST_CASE("phases may differ, and no figure is silently without effect") {
    const auto kernel = [](const std::string& text) {
      return "gpus_per_domain: 8\nkernels:\n  LL: " + text + "\n";
    };
    const Problem p =
        read(kWorkload,
             kernel("{latency: 5us, bandwidth: 10GB/s, combine: {latency: {8: 1us, 32: 3us}}}"));
    CHECK(p.fabric.kernels[0].dispatch.latency.at(8) / unit::us == Approx(5.0));
    CHECK(p.fabric.kernels[0].combine.latency.at(16) / unit::us == Approx(2.0));
    CHECK(p.fabric.kernels[0].combine.bandwidth.at(8, 0) == 10.0 * unit::GBps);

    CHECK(faults_of(kWorkload,
                    kernel("{latency: 5us, bandwidth: 1GB/s, dispatch: {latency: 1us}, "
                           "combine: {latency: 2us}}")) ==
          "3:17 'kernels.LL.latency' has no effect: dispatch and combine give their own\n");
    CHECK(faults_of(kWorkload, kernel("{bandwidth: 1GB/s, dispatch: {latency: 1us}}")) ==
          "3:7 missing key 'kernels.LL.combine.latency'\n");
    CHECK(faults_of(kWorkload, kernel("{latency: {8: 1us, x: 2us, 0: 1us}, bandwidth: 1GB/s}")) ==
          "3:26 'kernels.LL.latency (EP width)' must be a whole number\n"
          "3:34 'kernels.LL.latency (EP width)' must be from 1 to 16,384\n");
    CHECK(faults_of(kWorkload, kernel("{latency: {16: 1us, 016: 2us}, bandwidth: 1GB/s}")) ==
          "3:17 'kernels.LL.latency' gives EP width 16 twice\n");
    CHECK(faults_of(std::string(kWorkload) +
                    "combine_element_bytes: 2\ndispatch_element_bytes: 1\n") ==
          "3:16 'element_bytes' has no effect: dispatch and combine give their own\n");
  }

  TEST_CASE("bytes per element may be a number, bytes or bits") {
    CHECK(read(with(kWorkload, "element_bytes: 1", "element_bytes: 2B"))
              .workload.traffic.combine_element == 2.0 * unit::B);
    CHECK(read(with(kWorkload, "element_bytes: 1", "element_bytes: 4b"))
              .workload.traffic.combine_element == 0.5 * unit::B);
    CHECK(faults_of(with(kWorkload, "element_bytes: 1", "element_bytes: fp8")) ==
          "3:16 'element_bytes' must be a number\n");
  }

  TEST_CASE("a model gives the shape and the workload's own keys override it") {
    const std::string keys =
        "tokens_per_rank: 8\nelement_bytes: 1\nstraggler_factor: 1\n"
        "expert_time_per_token: 1us\n";
    Problem p = read("model: kimi-k2\ntop_k: 4\n" + keys);
    CHECK(p.workload.model.experts == 384);
    CHECK(p.workload.model.moe_layers == 60);
    CHECK(p.workload.model.top_k == 4);
    p = read("model: {preset: kimi-k2, experts: 400}\n" + keys);
    CHECK(p.workload.model.experts == 400);
    CHECK(p.workload.model.hidden_size == 7168);
    CHECK(faults_of("model: kimi-k9\n" + keys) == "1:8 no model preset is called 'kimi-k9'\n");
    CHECK(faults_of("model: {hidden_size: 8, top_k: 3, experts: 2}\n" + keys) ==
          "1:8 'top_k' is 3, more than the 2 experts\n");
    CHECK_THROWS_WITH_AS(read("model: nowhere.json\n" + keys),
                         doctest::Contains("/nowhere.json: error: cannot read the file"),
                         InputError);
  }

  TEST_CASE("a Hugging Face config.json is found beside the workload") {
    const Folder folder;
    const auto shape = [&](const std::string& config) {
      const std::string beside = folder.write("config.json", config);
      CHECK(std::filesystem::exists(beside));
      const std::string workload = folder.write(
          "workload.yaml",
          "model: config.json\ntokens_per_rank: 8\nelement_bytes: 1\nstraggler_factor: 1\n"
          "expert_time_per_token: 1us\n");
      return read_problem(ProblemFiles{workload, "gb200-nvl72", std::nullopt, {}}).workload;
    };
    // DeepSeek-V3's spelling: 61 layers of which 3 dense.
    Workload w = shape(R"({"hidden_size": 7168, "num_experts_per_tok": 8, "n_routed_experts": 256,
      "num_hidden_layers": 61, "first_k_dense_replace": 3, "moe_layer_freq": 1, "x": [1, null]})");
    CHECK(w.model.hidden_size == 7168);
    CHECK(w.model.experts == 256);
    CHECK(w.model.moe_layers == 58);
    // Mixtral's.
    w = shape(R"({"hidden_size": 4096, "num_experts_per_tok": 2, "num_local_experts": 8,
      "num_hidden_layers": 32})");
    CHECK(w.model.top_k == 2);
    CHECK(w.model.moe_layers == 32);
    // A multimodal wrapper, MoE in every second layer, a latent width on the wire.
    w = shape(R"({"text_config": {"hidden_size": 5120, "routed_expert_hidden_size": 2560,
      "num_experts_per_tok": 1, "num_experts": 128, "num_hidden_layers": 48,
      "interleave_moe_layer_step": 2}})");
    CHECK(w.model.hidden_size == 2560);
    CHECK(w.model.moe_layers == 24);
    // One flag a layer.
    w = shape(R"({"hidden_size": 4096, "num_experts_per_tok": 8, "num_experts": 256,
      "num_hidden_layers": 4, "moe_layer_freq": [0, 1, 1, 1]})");
    CHECK(w.model.moe_layers == 3);
    // DeepSeek counts the layers whose index the frequency divides, Qwen leaves some out by name.
    w = shape(R"({"hidden_size": 64, "num_experts_per_tok": 2, "n_routed_experts": 8,
      "num_hidden_layers": 61, "moe_layer_freq": 2})");
    CHECK(w.model.moe_layers == 31);
    w = shape(R"({"hidden_size": 64, "num_experts_per_tok": 2, "num_experts": 8,
      "num_hidden_layers": 48, "decoder_sparse_step": 1, "mlp_only_layers": [0, 1]})");
    CHECK(w.model.moe_layers == 46);
    CHECK_THROWS_AS(shape(R"({"hidden_size": 64, "num_experts_per_tok": 2, "num_experts": 8,
      "num_hidden_layers": 61, "first_k_dense_replace": 61})"),
                    InputError);
    CHECK_THROWS_AS(shape(R"({"hidden_size": 64, "num_experts_per_tok": 2, "num_experts": 8,
      "num_hidden_layers": 61, "moe_layer_freq": [0, 0]})"),
                    InputError);
    CHECK_THROWS_AS(shape(R"({"architectures": ["LlamaForCausalLM"], "hidden_size": 4096})"),
                    InputError);
  }

  TEST_CASE("--set overrides, adds, and opens up a preset's name") {
    const Problem p = read(kWorkload,
                           "gpus_per_domain: 8\nkernels: {HT: deepep-ht-gb200}\n",
                           {"tokens_per_rank=7",
                            "search.ep_width=[4, 8]",
                            "slo.tpot=30ms",
                            "kernels.HT.dispatch.latency=1us",
                            "kernels.LL.latency=2us",
                            "kernels.LL.bandwidth=1GB/s"});
    CHECK(std::get<TokensPerRank>(p.workload.traffic.tokens).tokens == 7);
    CHECK(p.space.ep_widths == std::vector{4, 8});
    CHECK(*p.workload.slo.tpot / unit::ms == Approx(30.0));
    CHECK(p.fabric.kernels[0].dispatch.latency.at(4) / unit::us == Approx(1.0));
    CHECK(p.fabric.kernels[0].combine.latency.at(4) / unit::us == Approx(49.34));
    CHECK(p.fabric.kernels[1].name == "LL");
    CHECK(faults_of(kWorkload, kFabric, {"tokens_per_rank=0"}) ==
          "1:17 'tokens_per_rank' must be from 1 to 16,777,216\n");
    const Problem global =
        read(kWorkload, kFabric, {"tokens_per_rank=null", "expert_load=null", "global_tokens=64"});
    CHECK(std::get<GlobalTokens>(global.workload.traffic.tokens).tokens == 64);
    CHECK(faults_of(kWorkload, kFabric, {"top_k="}) == "1:7 the value is missing\n");
  }

  TEST_CASE("--set key=null takes away what a preset says") {
    const std::string fabric =
        "gpus_per_domain: 8\ngpu: h100-sxm\nkernels: {LL: deepep-ll-h100-cx7}\n";
    const auto kernel = [&](const std::vector<std::string>& set) {
      return read(kWorkload, fabric, set).fabric.kernels[0];
    };
    CHECK(kernel({}).dispatch.sm_time.at(16) > Seconds(0.0));
    CHECK(kernel({"kernels.LL.dispatch.sm_time=null"}).dispatch.sm_time.at(16) == Seconds(0.0));
    CHECK(kernel({"kernels.LL.combine.sm_time=null"}).dispatch.sm_time.at(16) > Seconds(0.0));
    CHECK(kernel({"kernels.LL.ep_widths=null"}).limits.ep_widths.empty());
    CHECK(read(kWorkload, fabric, {"gpu.padding_tokens=null"}).fabric.gpu->padding_tokens == 0.0);
    CHECK(faults_of(kWorkload, fabric, {"kernels.LL.dispatch.latency=null"}) ==
          "1:1 missing key 'kernels.LL.dispatch.latency'\n");
  }

  TEST_CASE("--set reaches the fabric with and without its name, and a map in place of a number") {
    CHECK(read(kWorkload, kFabric, {"fabric.gpus_per_domain=4"}).fabric.gpus_per_domain == 4);
    const Problem skewed = read(kWorkload, kFabric, {"experts=64", "straggler_factor.zipf=0.5"});
    CHECK(straggler_factor(skewed.workload, asked(skewed, {.ep_width = 8})) > 1.0);
    CHECK(skewed.workload.traffic.straggler.origin == "zipf 0.5, contiguous placement");
    CHECK(faults_of(kWorkload, kFabric, {"straggler_factor={placement: balanced}"}) ==
          "1:18 give one of 'counts', 'zipf' and 'dirichlet'\n");
  }

  TEST_CASE("groups divide the experts, and key heads the heads") {
    CHECK(faults_of(kWorkload, kFabric, {"experts=64", "groups=3"}) ==
          "1:8 64 experts do not make 3 equal groups\n");
    CHECK(faults_of(
              kWorkload, kFabric, {"attention={kind: gqa, heads: 8, kv_heads: 3, head_dim: 4}"}) ==
          "1:43 'attention.kv_heads' must divide 'attention.heads'\n");
  }

  TEST_CASE("senseless values are refused, each at its place") {
    const auto fault = [](const std::string& from, const std::string& to) {
      return faults_of(with(kWorkload, from, to));
    };
    CHECK(fault("top_k: 8", "top_k: 0") == "2:8 'top_k' must be from 1 to 4,096\n");
    CHECK(fault("top_k: 8", "top_k: -8") == "2:8 'top_k' must be from 1 to 4,096\n");
    CHECK(fault("top_k: 8", "top_k: 8.5") ==
          "2:8 'top_k' must be a whole number from 1 to 4,096\n");
    CHECK(fault("top_k: 8", "top_k: [8]") == "2:8 'top_k' must be a whole number\n");
    CHECK(fault("top_k: 8", "top_k:") == "2:1 'top_k' must be a whole number\n");
    CHECK(fault("straggler_factor: 1.2", "straggler_factor: .inf") ==
          "6:19 'straggler_factor' must be a number, a table by EP width, 'uniform', or a map with "
          "'counts', 'zipf' or 'dirichlet'\n");
    CHECK(fault("0.5us", "0us") == "7:24 'expert_time_per_token' must be from 0.001 ps to 100 s\n");
    CHECK(fault("0.5us", "0.5") == "7:24 'expert_time_per_token' has no unit\n");
    CHECK(fault("0.5us", "0.5uS") ==
          "7:24 'expert_time_per_token' must be a time with its unit, such as 12us\n");
    CHECK(fault("tokens_per_rank: 4096", "x: 1") == "4:1 unknown key 'x'\n");
    CHECK(faults_of(std::string(kWorkload) + "experts: 4\n") ==
          "2:8 'top_k' is 8, more than the 4 experts\n");
    CHECK(faults_of(std::string(kWorkload) + "search: {overlap: chunk, timing: steady_state}\n") ==
          "8:19 'chunk' does not exist under timing: steady_state\n");
    CHECK(faults_of(std::string(kWorkload) + "search: {kernel: [LL, LX]}\n") ==
          "8:23 'search.kernel' must be LL or HT, not 'LX'\n");
    CHECK(faults_of(std::string(kWorkload) + "search: {ep_width: []}\n") ==
          "8:20 'search.ep_width' must not be empty\n");
  }

  TEST_CASE("a unit that is nearly right is named") {
    const auto help = [](const std::string& fabric) {
      try {
        read(kWorkload, fabric);
      } catch (const InputError& error) {
        const std::string text = error.what();
        const std::size_t at = text.find("help: ");
        return at == std::string::npos ? "" : text.substr(at + 6, text.find('\n', at) - at - 6);
      }
      return std::string("no fault");
    };
    CHECK(help(with(kFabric, "12us", "12uS")) == "did you mean '12us'?");
    CHECK(help(with(kFabric, "12us", "12 US")) == "did you mean '12 us'?");
    CHECK(help(with(kFabric, "40GB/s", "40GBps")) == "did you mean '40GB/s'?");
    CHECK(help(with(kFabric, "40GB/s", "40Gbps")) == "did you mean '40Gb/s'?");
    CHECK(help(with(kFabric, "40GB/s", "40GB")) == "did you mean '40GB/s'?");
    CHECK(help(with(kFabric, "40GB/s", "40GiB/S")) == "did you mean '40GiB/s'?");
    CHECK(help(with(kFabric, "40GB/s", "40 parsec")).empty());
  }

  TEST_CASE("a kernel has a name that can be printed and spelt") {
    const auto fault = [](const std::string& key) {
      return faults_of(
          kWorkload,
          "gpus_per_domain: 8\nkernels:\n  " + key + ": {latency: 1us, bandwidth: 1GB/s}\n");
    };
    CHECK(fault("LL-2_x").empty());
    for (const char* key : {"\"\"", "L.L", "\"L\\eL\"", "[a, b]", "é"}) {
      CAPTURE(key);
      CHECK(fault(key).find("a kernel's name is made of letters") != std::string::npos);
    }
  }

  TEST_CASE("a ramp, experts on the SMs and the uncertainty of a kernel") {
    const auto kernel_of = [](const std::string& keys) {
      const std::string kernel = "  LL: {latency: 12us, bandwidth: 40GB/s";
      return read(kWorkload, with(kFabric, kernel, kernel + keys)).fabric.kernels.at(0);
    };
    CHECK(kernel_of("").dispatch.law == nullptr);
    CHECK_FALSE(kernel_of("").dispatch.experts.has_value());
    CHECK_FALSE(kernel_of("").uncertainty.has_value());
    const Kernel both = kernel_of(
        ", uncertainty: 15%, ramp: {time: {8: 28us, 16: 48us}, tokens: 250}, "
        "experts: {latency_each: 2us, latency_several: 3us, token_time: 2.5us, per_sm: 23GB/s}");
    CHECK(both.uncertainty == 0.15);
    for (const LinkPhase* phase : {&both.dispatch, &both.combine}) {
      CHECK(phase->law == &kRampLaw);
      CHECK(phase->law_time.at(16) == 48.0 * unit::us);
      CHECK(phase->law_tokens.at(16) == 250.0);
      REQUIRE(phase->experts);
      CHECK(phase->experts->latency_each == 2.0 * unit::us);
      CHECK(phase->experts->latency_several == 3.0 * unit::us);
      CHECK(phase->experts->token_time == 2.5 * unit::us);
      CHECK(*phase->experts->per_sm == 23.0 * unit::GBps);
    }
    const Kernel one = kernel_of(", combine: {ramp: {time: 70us, tokens: {8: 800, 16: 266}}}");
    CHECK(one.dispatch.law == nullptr);
    CHECK(one.combine.law_tokens.at(16) == 266.0);
    const auto faults = [](const std::string& keys) {
      return faults_of(kWorkload, with(kFabric, "40GB/s}", "40GB/s, " + keys + "}"));
    };
    CHECK(faults("ramp: {time: 20us}").find("'kernels.LL.ramp.tokens'") != std::string::npos);
    CHECK(faults("ramp: {time: 20us, tokens: 0}").find("kernels.LL.ramp.tokens") !=
          std::string::npos);
    CHECK(faults("experts: {each: 2us}").find("kernels.LL.experts.each") != std::string::npos);
  }

  TEST_CASE("a kernel's library is that of its buffer, or stated, or not said") {
    const auto library_of = [](const std::string& keys) {
      const std::string kernel = "  LL: {latency: 12us, bandwidth: 40GB/s";
      return read(kWorkload, with(kFabric, kernel, kernel + keys)).fabric.kernels.at(0).library;
    };
    CHECK_FALSE(library_of("").has_value());
    CHECK(library_of(", buffer: deepep_ll") == Library::kDeepEpLl);
    CHECK(library_of(", buffer: deepep_ht, sms: [20]") == Library::kDeepEpHt);
    CHECK(library_of(", library: nvlink_one_sided") == Library::kNvlinkOneSided);
    CHECK(library_of(", library: deepep_ll, buffer: deepep_ll") == Library::kDeepEpLl);
    const auto faults = [](const std::string& keys) {
      return faults_of(kWorkload, with(kFabric, "40GB/s}", "40GB/s, " + keys + "}"));
    };
    CHECK(faults("library: nccl, buffer: deepep_ll") ==
          "3:51 'kernels.LL.library' does not go with 'buffer: deepep_ll', which is of another "
          "library\n");
    CHECK(faults("library: nvlink").starts_with("3:51 "));
  }

  TEST_CASE("an engine is a word of those that ship") {
    CHECK_FALSE(read(kWorkload).workload.engine.has_value());
    CHECK(read(std::string(kWorkload) + "engine: sglang\n").workload.engine == "sglang");
    CHECK(faults_of(std::string(kWorkload) + "engine: vlm\n") ==
          "8:9 no engine preset is called 'vlm'\n");
    CHECK(faults_of(std::string(kWorkload) + "engine: [vllm]\n") ==
          "8:9 'engine' must be a text\n");
  }

  TEST_CASE("a skew of many experts at many widths is refused, and what may be listed is not") {
    // 55,440 has 120 divisors, of which 118 are widths from 2 to 16,384.
    const std::string skewed =
        with(kWorkload, "straggler_factor: 1.2", "straggler_factor: {zipf: 0.6}") +
        "experts: 55440\n";
    const std::string fault = faults_of(skewed);
    CAPTURE(fault);
    CHECK(fault.starts_with("6:19 the skew of 55440 expert slots would be drawn at "));
    CHECK(fault.ends_with("and at most 1500000 are drawn\n"));
    CHECK(faults_of(skewed + "search: {ep_width: [8, 16]}\n").empty());
    CHECK(faults_of(with(skewed, "{zipf: 0.6}", "uniform")).empty());
  }

  TEST_CASE("the caret stands below the fault, whatever comes before it") {
    try {
      read("about: é日\n" + with(kWorkload, "top_k: 8", "x: {\"é日\": 1, top_k: 8}"));
      CHECK(false);
    } catch (const InputError& error) {
      CHECK(std::string(error.what()).find("    3 | x: {\"é日\": 1, top_k: 8}\n      | ^\n") !=
            std::string::npos);
    }
  }

  TEST_CASE("files in each other's place are one fault each") {
    CHECK(faults_of(kFabric, kWorkload) ==
          "1:1 this is a fabric, not a workload\n1:1 this is a workload, not a fabric\n");
    CHECK(faults_of(kWorkload, "gpus_per_domian: 8\nkernles: {LL: deepep-ll-gb200}\n") ==
          "1:1 unknown key 'gpus_per_domian'\n2:1 unknown key 'kernles'\n");
  }

  TEST_CASE("a misspelt key is one fault, not two") {
    CHECK(faults_of(with(kWorkload, "straggler_factor", "stragler_factor")) ==
          "6:1 unknown key 'stragler_factor'\n");
  }

  TEST_CASE("faults of both files come together") {
    const std::string both =
        faults_of(with(kWorkload, "top_k: 8", "top_k: x"), with(kFabric, "12us", "12"));
    CHECK(both == "3:17 'kernels.LL.latency' has no unit\n2:8 'top_k' must be a whole number\n");
  }

  TEST_CASE("every shipped preset reads without a fault") {
    CHECK(presets().size() > 60);
    for (const Preset& preset : presets()) {
      CAPTURE(preset.name);
      CHECK_FALSE(about(preset).empty());
      const std::string name(preset.name);
      if (preset.kind == PresetKind::kKernel) {
        const Problem p = read(kWorkload, std::string(kFabric) + "  K: " + name + "\n");
        REQUIRE(p.fabric.kernels.size() == 3);
        CHECK(p.fabric.kernels[2].name == "K");
      }
      if (preset.kind == PresetKind::kGpu) {
        const Problem p = read(kWorkload, std::string(kFabric) + "gpu: " + name + "\n");
        REQUIRE(p.fabric.gpu);
        CHECK(p.fabric.gpu->name == name);
        CHECK(p.fabric.gpu->sms > 0);
      }
      if (preset.kind == PresetKind::kFabric) {
        CHECK_NOTHROW(read(kWorkload, "preset: " + name + "\n"));
      }
      if (preset.kind == PresetKind::kModel) {
        const std::string rest(kWorkload);
        CHECK_NOTHROW(read("model: " + name + "\n" + rest.substr(rest.find("element"))));
      }
    }
  }
}

}  // namespace
}  // namespace wideep::read_problem_test
