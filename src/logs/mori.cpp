// ROCm/mori's tests/python/ops/bench_dispatch_combine.py and examples/ops/dispatch_combine: the
// line of best and average over rounds.
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "logs/format.h"
#include "logs/implied_tokens.h"
#include "logs/scan.h"
#include "logs/stated_width.h"
#include "model/words.h"

namespace wideep {
namespace {

constexpr Bytes kPlainFp8{1.0};  ///< an element that is cast, without scales

// What the benchmark has where nothing says.
constexpr int kMoriHiddenSize = 7168;
constexpr int kMoriTopK = 8;
constexpr int kExperts = 256;

/// "best / average"
struct BestAndAverage {
  double best = 0.0;
  double average = 0.0;
};

std::optional<BestAndAverage> after(std::string_view text, std::string_view name) {
  Cursor cursor(text);
  if (!cursor.skip_past(name)) return std::nullopt;
  const auto best = cursor.number();
  if (!best || !cursor.skip("/")) return std::nullopt;
  const auto average = cursor.number();
  if (!average) return std::nullopt;
  return BestAndAverage{*best, *average};
}

class Mori : public LogFormat {
 public:
  explicit Mori(const LogHints& hints) : tokens_given_(hints.tokens.value_or(0)) {}

  [[nodiscard]] std::string_view name() const override { return "MORI-EP benchmark"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kLine("best/avg");
    const std::string_view text = line.text;
    const std::size_t at = kLine.find(text);
    if (at == kNowhere) return false;
    const bool dispatch = text.substr(0, at).find("dispatch") != kNowhere;
    const bool combine = text.substr(0, at).find("combine") != kNowhere;
    if (dispatch == combine || text.find("bandwidth") == kNowhere) return false;
    take_result(text, dispatch, text.substr(0, at).find("FP8") != kNowhere, sink);
    return true;
  }

 private:
  /// The time is the average of all rounds; bytes follow from the best one, whose bandwidth and
  /// time are of one round.
  void take_result(std::string_view text, bool dispatch, bool fp8, LogSink& sink) {
    const auto latency = after(text, "latency");
    const auto network = after(text, "RDMA bandwidth");
    auto domain = after(text, "XGMI bandwidth");
    if (!domain && !network) domain = after(text, "bandwidth");
    if (!latency || !domain) return sink.reject(kTorn);
    const Bytes copy = kMoriHiddenSize * (fp8 ? kPlainFp8 : kBf16Wire);
    const auto copies_of = [&](double rate) {
      return rate * unit::GBps * (latency->best * unit::us) / copy;
    };
    const CountedCopies copies{.ranks = copies_of(domain->best),
                               .nodes = network ? copies_of(network->best) : 0.0};
    int width = sink.ep_width();
    if (width == 0) width = ep_width_of_name(sink.file_name());
    if (width == 0) {
      width = implied_width(copies, kMoriTopK);
      if (width > 0) {
        sink.note(fmt::format("EP width {} from how RDMA and XGMI bandwidth relate", width));
      }
    }
    if (width == 0) return sink.reject("nothing says the EP width of its bytes: --ep N does");
    if (const auto why = implausible(copies.ranks * copy, latency->average * unit::us);
        !why.empty()) {
      return sink.reject(why);
    }
    const int tokens = implied_batch(copies, width, kMoriTopK, tokens_given_, kExperts).tokens;
    if (tokens == 0) return sink.reject("bytes of no number of tokens");
    sink.note(fmt::format("{} tokens of hidden size {}, top-{} of {} experts, {}",
                          tokens,
                          kMoriHiddenSize,
                          kMoriTopK,
                          kExperts,
                          tokens_given_ > 0 ? "as --tokens and MORI's benchmark say"
                                            : "by time and bandwidth and MORI's benchmark"));
    const CommSeries series{.kernel = "MORI",
                            .copies = Copies::kPerDomain,
                            .direction = dispatch ? Direction::kDispatch : Direction::kCombine,
                            .ep_width = width,
                            .hidden_size = kMoriHiddenSize,
                            .gate = {.experts = kExperts, .top_k = kMoriTopK},
                            .dtype = fp8 ? "fp8" : "bf16",
                            .gpus_per_domain = network ? kRanksPerNode : 0};
    // Each line sums up a run over its ranks.
    sink.add(series, run_++, tokens, 1.0 * tokens * kMoriTopK * copy, latency->average * unit::us);
  }

  int tokens_given_ = 0;  ///< by the user; 0: none
  int run_ = 0;
};

}  // namespace

std::unique_ptr<LogFormat> mori(const LogHints& hints) {
  return std::make_unique<Mori>(hints);
}

}  // namespace wideep
