// DeepEP's tests/legacy/test_internode.py and test_intranode.py in all that they have printed:
// generation A without times (until July 2025), B with "transmit: T us, notify: N us" (and UCCL-EP
// today), C with "N + T us" (since September 2025).
#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "logs/deepep_normal_line.h"
#include "logs/deepep_normal_reach.h"
#include "logs/format.h"
#include "logs/implied_tokens.h"
#include "logs/scan.h"
#include "logs/stated_width.h"
#include "model/routing.h"
#include "model/words.h"

namespace wideep {
namespace {

constexpr std::string_view kNotAbove0 = "a time or a bandwidth that is not above 0";
// What the tests have where no option says.
constexpr int kDefaultExperts = 256;
constexpr NormalSetting kNormalDefaults{.hidden_size = 7168, .top_k = 8};
constexpr int kMostNormalTopK = 32;

class DeepEpNormal : public LogFormat {
 public:
  explicit DeepEpNormal(const LogHints& hints) : tokens_given_(hints.tokens.value_or(0)) {}

  [[nodiscard]] std::string_view name() const override { return "DeepEP normal test"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kTuning("[tuning]");
    static constexpr Marker kBest("Best ");
    static constexpr Marker kConfig("[config]");
    static constexpr Marker kTests("test_int");
    static constexpr Marker kPython(".py");
    const std::string_view text = line.text;
    if (const std::size_t at = kBest.find(text); at != kNowhere) {
      return take_best(text, at, sink);
    }
    if (const std::size_t at = kTuning.find(text); at != kNowhere) {
      static constexpr Marker kAscend("(HCCS)");
      if (kAscend.in(text)) {
        sink.reject(
            "a result of DeepEP's port to Ascend, which does not tell what its bytes count: its "
            "times go into a CSV (docs/measuring.md#csv)");
      } else {
        sink.skip("a setting that the tuner did not choose");
      }
      return true;
    }
    if (const std::size_t at = kConfig.find(text); at != kNowhere) {
      return take_config(text.substr(at), sink);
    }
    if (kPython.in(text) && kTests.in(text)) take_command(text);
    return false;
  }

 private:
  void take_command(std::string_view text) {
    const auto option = [&](std::string_view name, int otherwise) {
      const auto value = Cursor(option_value(text, name)).whole();
      return value && *value > 0 ? *value : otherwise;
    };
    experts_ = option("--num-experts", experts_);
    groups_chosen_ = !option_value(text, "--num-topk-groups").empty();
    command_ = {.tokens = option("--num-tokens", 0),
                .hidden_size = option("--hidden", kNormalDefaults.hidden_size),
                .top_k = std::min(kMostNormalTopK, option("--num-topk", kNormalDefaults.top_k)),
                .node_groups = option("--num-topk-groups", 0)};
  }

  bool take_config(std::string_view text, LogSink& sink) {
    const auto tokens = whole_after(text, "num_tokens=");
    const auto hidden_size = whole_after(text, "hidden=");
    const auto top_k = whole_after(text, "num_topk=");
    if (!tokens || !hidden_size || !top_k) return false;
    configured_ = true;
    if (*tokens < 1 || *hidden_size < 1 || *top_k < 1 || *top_k > kMostNormalTopK) {
      setting_ = {};
      sink.reject("a [config] line that cannot be");
      return true;
    }
    setting_ = {.tokens = *tokens,
                .hidden_size = *hidden_size,
                .top_k = *top_k,
                .node_groups = whole_after(text, "num_topk_groups=").value_or(0)};
    if (const auto experts = whole_after(text, "num_experts="); experts && *experts > 0) {
      experts_ = *experts;
    }
    // Of several nodes each prints the line.
    if (measured_) ++run_;
    measured_ = false;
    return true;
  }

  bool take_best(std::string_view text, std::size_t at, LogSink& sink) {
    static constexpr Marker kBest("Best ");
    bool found = false;
    while (at != kNowhere) {
      const std::size_t from = at + kBest.size();
      at = kBest.find(text, from);
      const std::string_view rest = text.substr(from, at - from);
      if (!rest.starts_with("dispatch") && !rest.starts_with("combine")) continue;
      found = true;
      const auto result = parse_best(rest);
      if (!result) {
        sink.reject("a torn line: not all of its numbers are there");
      } else if (configured_) {
        if (setting_.tokens > 0) take_result(*result, sink);
      } else if (set_by_itself(*result, sink)) {
        take_result(*result, sink);
      }
    }
    return found;
  }

  /// Where no [config] line says what was measured: by the command, --tokens, or the bytes that
  /// time and bandwidth are. False where nothing tells the tokens.
  bool set_by_itself(const BestLine& result, LogSink& sink) {
    const NormalSetting before = setting_;
    setting_ = command_;
    const int named = ep_width_of_name(sink.file_name());
    int width = sink.ep_width() > 0 ? sink.ep_width() : named;
    if (width == 0 && !result.internode) width = kRanksPerNode;
    if (width == 0) {
      sink.reject("no [config] line before it, and nothing says the EP width: --ep N does");
      return false;
    }
    if (result.internode && setting_.node_groups == 0) {
      setting_.node_groups = std::clamp(width / kRanksPerNode, 1, kMostGroups);
    }
    if (setting_.tokens == 0) setting_.tokens = tokens_given_;
    if (setting_.tokens == 0) setting_.tokens = tokens_by_bytes(result, width);
    if (setting_.tokens == 0) {
      sink.reject(result.kernel ? "no [config] line before it says how many tokens there were, and "
                                  "its bandwidth does not: --tokens N does"
                                : "neither a [config] line before it nor a time says how many "
                                  "tokens there were: --tokens N does");
      return false;
    }
    sink.note(
        fmt::format("no [config] line: {} tokens {}, hidden size {}, top-{}{}",
                    setting_.tokens,
                    command_.tokens > 0 ? "as the command says"
                    : tokens_given_ > 0 ? "as --tokens says"
                                        : "by time and bandwidth",
                    setting_.hidden_size,
                    setting_.top_k,
                    command_.tokens > 0 ? "" : ", as DeepEP's tests have where nothing says"));
    if (setting_.tokens != before.tokens && measured_) ++run_;
    return true;
  }

  /// The tokens of a rank whose copies are the bytes that a rank received. 0: none.
  [[nodiscard]] int tokens_by_bytes(const BestLine& result, int width) const {
    const int experts = experts_ > 0 ? experts_ : kDefaultExperts;
    if (!result.kernel || experts < setting_.top_k) return 0;
    const Bytes copy = setting_.hidden_size * (result.fp8 ? kFp8Wire : kBf16Wire);
    const Bytes received = result.scale_up * unit::GBps * (*result.kernel * unit::us);
    const double ranks = ranks_reached(result, gate_of(result, experts, width), width);
    return implied_tokens(received / copy / ranks);
  }

  void take_result(const BestLine& result, LogSink& sink) {
    const int experts = experts_ > 0 ? experts_ : kDefaultExperts;
    if (experts < setting_.top_k) return sink.reject("more experts per token than there are");
    const int width = width_of(result, experts, sink);
    CommSeries series{.kernel = "HT",
                      .copies = Copies::kPerDomain,
                      .direction = result.direction,
                      .ep_width = width,
                      .sms = result.sms,
                      .hidden_size = setting_.hidden_size,
                      .gate = gate_of(result, experts, width),
                      .dtype = result.fp8 ? "fp8" : "bf16",
                      .gpus_per_domain = result.internode ? kRanksPerNode : 0};
    const Bytes copy = setting_.hidden_size * (result.fp8 ? kFp8Wire : kBf16Wire);
    const Bytes volume = 1.0 * setting_.tokens * setting_.top_k * copy;
    const double ranks = ranks_reached(result, series.gate, width);
    const Bytes received = setting_.tokens * ranks * copy;
    const BytesPerSecond printed = result.scale_up * unit::GBps;
    if (!result.kernel && ranks == 0.0) {
      return sink.reject("no time is printed, and none follows without the EP width");
    }
    if (printed <= BytesPerSecond{}) return sink.reject(kNotAbove0);
    const Seconds kernel = result.kernel ? *result.kernel * unit::us : received / printed;
    if (!result.kernel) {
      sink.note(
          "DeepEP of before July 2025 prints no time: taken as the bytes that a rank receives "
          "over the NVLink bandwidth, and so without the notification");
    }
    // Where both are printed, they show whether the [config] line is theirs.
    constexpr double kMostApart = 2.0;
    const double share = printed * kernel / received;
    if (ranks > 0.0 && (share > kMostApart || share * kMostApart < 1.0)) {
      return sink.reject("its bandwidth and time contradict the tokens of [config] or --tokens");
    }
    const Seconds time = kernel + result.notify * unit::us;
    if (result.notify < 0.0) return sink.reject(kNotAbove0);
    if (const auto why = implausible(volume, time); !why.empty()) return sink.reject(why);
    if (experts_ == 0) {
      sink.note(fmt::format("{} experts, as DeepEP's tests have where nothing says", experts));
    }
    measured_ = true;
    sink.add(series, run_, setting_.tokens, volume, time);
  }

  /// How the internode test routes: as many groups as nodes, and a token to some of them.
  [[nodiscard]] Gate gate_of(const BestLine& result, int experts, int width) const {
    Gate gate{.experts = experts, .top_k = setting_.top_k};
    const int nodes = width / kRanksPerNode;
    if (result.internode && setting_.node_groups > 0 && nodes > 0) {
      gate.groups = nodes;
      gate.groups_per_token = std::min(setting_.node_groups, nodes);
    }
    return gate;
  }

  /// 0 where the width is not known.
  [[nodiscard]] double ranks_reached(const BestLine& result, const Gate& gate, int width) const {
    if (width == 0) return 0.0;
    if (!result.internode || setting_.node_groups == 0 || width < kRanksPerNode) {
      return distinct_targets(gate, width);
    }
    return reach_of_test(setting_, *gate.experts, width).ranks;
  }

  /// The best source first: the user or a statement of the log, then how many groups the test takes
  /// of few nodes, then the file's name, then how the bandwidths relate.
  [[nodiscard]] int width_of(const BestLine& result, int experts, LogSink& sink) const {
    if (sink.ep_width() > 0) return sink.ep_width();
    const int named = ep_width_of_name(sink.file_name());
    if (!result.internode) {
      if (named > 0) return named;
      sink.note("EP width 8, as DeepEP's intranode test has where nothing says");
      return kRanksPerNode;
    }
    const int groups = setting_.node_groups;
    if (!groups_chosen_ && groups > 0 && groups < kMostGroups) {
      if (named > 0 && named != kRanksPerNode * groups) {
        sink.note("the file's name and num_topk_groups tell different EP widths: neither is taken");
        return 0;
      }
      sink.note(fmt::format("EP width {} from num_topk_groups={}: so many nodes of 8",
                            kRanksPerNode * groups,
                            groups));
      return kRanksPerNode * groups;
    }
    if (named == 0 && !groups_chosen_ && groups == kMostGroups && result.scale_up > 0.0) {
      if (const int width = width_by_ratio(result, setting_, experts)) {
        sink.note(fmt::format("EP width {} from how the RDMA and NVLink bandwidths relate", width));
        return width;
      }
    }
    return named;
  }

  NormalSetting setting_;
  NormalSetting command_ =
      kNormalDefaults;          ///< what a command before says, and else the tests' defaults
  int tokens_given_ = 0;        ///< by the user; 0: none
  bool configured_ = false;     ///< a [config] line was seen
  int experts_ = 0;             ///< 0: nothing says
  bool groups_chosen_ = false;  ///< by an option, so that they say nothing about nodes
  int run_ = 0;
  bool measured_ = false;  ///< since the last `[config]` line
};

}  // namespace

std::unique_ptr<LogFormat> deepep_normal(const LogHints& hints) {
  return std::make_unique<DeepEpNormal>(hints);
}

}  // namespace wideep
