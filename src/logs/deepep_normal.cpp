// DeepEP's tests/legacy/test_internode.py and test_intranode.py in all that they have printed:
// generation A without times (until July 2025), B with "transmit: T us, notify: N us" (and UCCL-EP
// today), C with "N + T us" (since September 2025).
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "logs/format.h"
#include "logs/scan.h"
#include "logs/stated_width.h"
#include "model/routing.h"

namespace wideep {
namespace {

constexpr std::string_view kNotAbove0 = "a time or a bandwidth that is not above 0";
constexpr auto kNowhere = std::string_view::npos;
/// Of a node; the tests insist.
constexpr int kRanksPerNode = 8;
/// Groups of experts that the internode test routes a token to, where there are as many nodes.
constexpr int kMostGroups = 4;
constexpr int kDefaultExperts = 256;
constexpr int kMostTopK = 32;
constexpr double kBf16 = 2.0;             // bytes
constexpr double kFp8 = 1.0 + 4.0 / 128;  // and a scale of 4 bytes for each 128

/// What the lines after a `[config]` line measured.
struct Setting {
  int tokens = 0;  ///< per rank; 0 each: not said
  int hidden_size = 0;
  int top_k = 0;
  int node_groups = 0;  ///< of nodes that a token may go to; 0: the intranode test
};

/// A "Best ..." line.
struct Result {
  Direction direction = Direction::kDispatch;
  bool fp8 = false;
  int sms = 0;
  bool internode = false;
  double scale_out = 0.0;        ///< GB/s, as the tests count; 0 within a node
  double scale_up = 0.0;         ///< GB/s
  std::optional<double> kernel;  ///< us
  double notify = 0.0;           ///< us
};

/// "X GB/s (RDMA), Y GB/s (NVL)", or the second alone.
bool take_bandwidths(Cursor& cursor, Result& result) {
  const auto first = cursor.number("GB/s");
  if (!first) return false;
  if (cursor.skip("(NVL)")) {
    result.scale_up = *first;
    return !result.internode;
  }
  if (!cursor.skip("(RDMA)") || !cursor.skip(",")) return false;
  const auto second = cursor.number("GB/s");
  result.scale_out = *first;
  result.scale_up = second.value_or(0.0);
  return second && cursor.skip("(NVL)") && result.internode;
}

/// "SMs 24, NVL chunk 20[, RDMA chunk 28]" and the colon or comma after it. A chunk may be a word.
bool take_chunks(Cursor& cursor, Result& result) {
  if (!cursor.skip("SMs")) return false;
  const auto sms = cursor.whole();
  if (!sms || !cursor.skip(",") || !cursor.skip("NVL chunk")) return false;
  result.sms = *sms;
  const auto skip_chunk = [&cursor] {
    if (cursor.skip("default")) return true;
    return cursor.whole().has_value();
  };
  if (!skip_chunk()) return false;
  Cursor ahead = cursor;
  if (ahead.skip(",") && ahead.skip("RDMA chunk")) {
    cursor = ahead;
    result.internode = true;
    if (!skip_chunk()) return false;
  }
  return cursor.skip(":") || cursor.skip(",");
}

/// Times and bandwidths in any generation's order.
bool take_figures(Cursor& cursor, Result& result) {
  if (cursor.skip("transmit:")) {
    const auto transmit = cursor.number("us");
    if (!transmit || !cursor.skip(",") || !cursor.skip("notify:")) return false;
    const auto notify = cursor.number("us");
    result.kernel = transmit;
    result.notify = notify.value_or(0.0);
    return notify && cursor.skip(",") && cursor.skip("BW:") && take_bandwidths(cursor, result);
  }
  Cursor ahead = cursor;
  const auto notify = ahead.number();
  if (notify && ahead.skip("+")) {
    result.notify = *notify;
    result.kernel = ahead.number("us");
    cursor = ahead;
    return result.kernel && cursor.skip(",") && take_bandwidths(cursor, result);
  }
  if (!take_bandwidths(cursor, result)) return false;
  if (!result.internode && cursor.skip(",")) {
    static_cast<void>(cursor.skip("t:"));
    result.kernel = cursor.number("us");
    return result.kernel.has_value();
  }
  return true;
}

/// Reads from behind "Best ".
std::optional<Result> parse(std::string_view text) {
  Result result;
  Cursor cursor(text);
  if (cursor.skip("combine:")) {
    result.direction = Direction::kCombine;
  } else if (cursor.skip("dispatch (FP8):")) {
    result.fp8 = true;
  } else if (!cursor.skip("dispatch (BF16):")) {
    return std::nullopt;
  }
  if (!take_chunks(cursor, result) || !take_figures(cursor, result)) return std::nullopt;
  return result;
}

/// Expected nodes and ranks that a token of the internode test reaches.
struct Reach {
  double nodes = 1.0;
  double ranks = 1.0;
};

/// The test lets a token go to the nodes of its best experts, at most `groups` of them, and there
/// to its best experts. Walks along the experts of a token by falling score, which is a random
/// order: a state is how many nodes and ranks were reached.
Reach reach_of_test(const Setting& setting, int experts, int ep_width) {
  const int nodes = ep_width / kRanksPerNode;
  const int most_nodes = std::min({setting.node_groups, nodes, setting.top_k});
  const int most_ranks = std::min(setting.top_k, ep_width);
  const double per_rank = static_cast<double>(experts) / ep_width;
  const auto width = static_cast<std::size_t>(most_ranks) + 1;
  std::vector<double> chance((static_cast<std::size_t>(most_nodes) + 1) * width, 0.0);
  const auto at = [&](int node, int rank) -> double& {
    return chance[static_cast<std::size_t>(node) * width + static_cast<std::size_t>(rank)];
  };
  at(0, 0) = 1.0;
  for (int taken = 0; taken < setting.top_k; ++taken) {
    // Downwards, as a state passes on to later ones only.
    for (int n = most_nodes; n >= 0; --n) {
      for (int r = std::min(most_ranks, n * kRanksPerNode); r >= n; --r) {
        const double here = at(n, r);
        if (here == 0.0) continue;
        const int open_nodes = n < most_nodes ? nodes : n;
        const double left = open_nodes * kRanksPerNode * per_rank - taken;
        if (left <= 0.0) continue;
        const double new_rank = (n * kRanksPerNode - r) * per_rank / left;
        const double new_node = (open_nodes - n) * kRanksPerNode * per_rank / left;
        at(n, r) = here * std::max(0.0, 1.0 - new_rank - new_node);
        if (r == most_ranks) continue;
        at(n, r + 1) += here * std::min(1.0, new_rank);
        if (n < most_nodes) at(n + 1, r + 1) += here * std::min(1.0, new_node);
      }
    }
  }
  Reach reach{0.0, 0.0};
  for (int n = 0; n <= most_nodes; ++n) {
    for (int r = 0; r <= most_ranks; ++r) {
      reach.nodes += n * at(n, r);
      reach.ranks += r * at(n, r);
    }
  }
  return reach;
}

/// The widths that the kernel supports beyond 4 nodes of 8.
constexpr std::array kWidths{32, 48, 64, 96, 128, 144, 160};

/// The width at which the test's two bandwidths relate as these do, where one alone does. 0: none.
int width_by_ratio(const Result& result, const Setting& setting, int experts) {
  constexpr double kClose = 0.01;
  int best = 0;
  double least = 1.0;
  double next = 1.0;
  for (const int width : kWidths) {
    if (experts % width != 0) continue;  // the test insists
    const Reach reach = reach_of_test(setting, experts, width);
    const double ratio = result.scale_out / result.scale_up;
    const double off = std::abs(ratio * reach.ranks / reach.nodes - 1.0);
    if (off < least) {
      next = least;
      least = off;
      best = width;
    } else {
      next = std::min(next, off);
    }
  }
  return least < kClose && next > kClose ? best : 0;
}

class DeepEpNormal : public LogFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "DeepEP normal test"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kTuning("[tuning]");
    static constexpr Marker kBest("Best ");
    static constexpr Marker kConfig("[config]");
    static constexpr Marker kScript("test_int");
    static constexpr Marker kPython(".py");
    const std::string_view text = line.text;
    if (const std::size_t at = kBest.find(text); at != kNowhere) {
      return take_best(text, at, sink);
    }
    if (const std::size_t at = kTuning.find(text); at != kNowhere) {
      sink.skip("a setting that the tuner did not choose");
      return true;
    }
    if (const std::size_t at = kConfig.find(text); at != kNowhere) {
      return take_config(text.substr(at), sink);
    }
    if (kPython.in(text) && kScript.in(text)) {
      const auto experts = Cursor(option_value(text, "--num-experts")).whole();
      if (experts && *experts > 0) experts_ = *experts;
      groups_chosen_ = !option_value(text, "--num-topk-groups").empty();
    }
    return false;
  }

 private:
  bool take_config(std::string_view text, LogSink& sink) {
    const auto tokens = whole_after(text, "num_tokens=");
    const auto hidden_size = whole_after(text, "hidden=");
    const auto top_k = whole_after(text, "num_topk=");
    if (!tokens || !hidden_size || !top_k) return false;
    if (*tokens < 1 || *hidden_size < 1 || *top_k < 1 || *top_k > kMostTopK) {
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
      const auto result = parse(rest);
      if (!result) {
        sink.reject("a torn line: not all of its numbers are there");
      } else if (setting_.tokens == 0) {
        sink.reject("no [config] line before it says how many tokens there were");
      } else {
        take_result(*result, sink);
      }
    }
    return found;
  }

  void take_result(const Result& result, LogSink& sink) {
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
    const Bytes copy = setting_.hidden_size * (result.fp8 ? kFp8 : kBf16) * unit::B;
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
      return sink.reject("its bandwidth and time contradict the tokens of [config]");
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
  [[nodiscard]] Gate gate_of(const Result& result, int experts, int width) const {
    Gate gate{.experts = experts, .top_k = setting_.top_k};
    const int nodes = width / kRanksPerNode;
    if (result.internode && setting_.node_groups > 0 && nodes > 0) {
      gate.groups = nodes;
      gate.groups_per_token = std::min(setting_.node_groups, nodes);
    }
    return gate;
  }

  /// 0 where the width is not known.
  [[nodiscard]] double ranks_reached(const Result& result, const Gate& gate, int width) const {
    if (width == 0) return 0.0;
    if (!result.internode || setting_.node_groups == 0 || width < kRanksPerNode) {
      return distinct_targets(gate, width);
    }
    return reach_of_test(setting_, *gate.experts, width).ranks;
  }

  /// The best source first: the user or a statement of the log, then how many groups the test takes
  /// of few nodes, then the file's name, then how the bandwidths relate.
  [[nodiscard]] int width_of(const Result& result, int experts, LogSink& sink) const {
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

  Setting setting_;
  int experts_ = 0;             ///< 0: nothing says
  bool groups_chosen_ = false;  ///< by an option, so that they say nothing about nodes
  int run_ = 0;
  bool measured_ = false;  ///< since the last `[config]` line
};

}  // namespace

std::unique_ptr<LogFormat> deepep_normal() {
  return std::make_unique<DeepEpNormal>();
}

}  // namespace wideep
