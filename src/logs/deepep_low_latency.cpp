// DeepEP's tests/legacy/test_low_latency.py, and UCCL-EP, which prints the same lines and more.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "logs/format.h"
#include "logs/low_latency_setting.h"
#include "logs/scan.h"
#include "logs/stated_width.h"
#include "model/words.h"

namespace wideep {
namespace {

constexpr Marker kScript("test_low_latency.py");
constexpr std::string_view kContradiction =
    "a torn line: the bytes of dispatch and combine contradict each other";
constexpr std::string_view kTooFewDigits = "a bandwidth with too few digits to tell the bytes";
constexpr std::string_view kBothPhases = "both phases together";
constexpr std::string_view kSmTime = "time that SMs are held, not of the wire";
constexpr std::string_view kStrangeRank = "a rank that cannot be";

/// Of every copy that dispatch sends: the index of its source token.
constexpr Bytes kHeader = 16.0 * unit::B;

/// A bandwidth and a time as printed.
struct Figures {
  double gigabytes_per_second = 0.0;
  double microseconds = 0.0;
  double rounding = 0.0;  ///< of the bandwidth, relative

  [[nodiscard]] Bytes volume() const {
    return gigabytes_per_second * unit::GBps * (microseconds * unit::us);
  }
};

/// Of the last digit after a point with so many digits after it.
double half_unit(int decimals) {
  constexpr std::array kHalfUnits{0.5, 5e-2, 5e-3, 5e-4, 5e-5, 5e-6};
  const auto at = static_cast<std::size_t>(decimals);
  return at < kHalfUnits.size() ? kHalfUnits[at] : 0.0;
}

/// Steps over a bandwidth and says by how much its printing rounds.
bool take_bandwidth(Cursor& cursor, Figures& figures) {
  const ScannedNumber printed = scan_number(cursor.skip_blanks().rest());
  const auto value = cursor.number("GB/s");
  if (!value) return false;
  figures.gigabytes_per_second = *value;
  figures.rounding = *value > 0.0 ? half_unit(printed.decimals) / *value : 1.0;
  return true;
}

/// "[ (total)]: X GB/s, avg_t=T us", from behind "bandwidth".
bool take_figures(Cursor& cursor, Figures& figures) {
  static_cast<void>(cursor.skip("(total)"));
  if (!cursor.skip(":") || !take_bandwidth(cursor, figures)) return false;
  if (!cursor.skip(",") || !cursor.skip("avg_t=")) return false;
  const auto time = cursor.number("us");
  figures.microseconds = time.value_or(0.0);
  return time.has_value();
}

class DeepEpLowLatency : public LogFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "DeepEP low-latency test"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kBandwidth("bandwidth");
    static constexpr Marker kHook("send/recv time");
    static constexpr Marker kUccl("[pplx]");
    static constexpr Marker kBuffer("Allocating buffer size");
    static constexpr Marker kConfig("[config]");
    const std::string_view text = line.text;
    if (kBandwidth.in(text)) return take_results(text, sink);
    if (kHook.in(text)) return take_hook(text, sink);
    if (kUccl.in(text)) return take_percentile(text, sink);
    if (kBuffer.in(text)) {
      runs_.mark();
      return true;
    }
    if (kScript.in(text)) return take_command(text);
    if (const std::size_t at = kConfig.find(text); at != kNowhere) {
      setting_ = named_setting(text.substr(at));
      runs_.mark();
    } else if (text.starts_with('#') && stated_ep_width(text) != 0) {
      runs_.mark();
    }
    return false;
  }

 private:
  /// False for a traceback or a warning that names the script, and for prose.
  bool take_command(std::string_view text) {
    const std::string_view rest = text.substr(kScript.find(text) + kScript.size());
    const bool runs = text.find("python") != kNowhere || text.find("torchrun") != kNowhere ||
                      rest.find(" --") != kNowhere;
    if (!runs || (!rest.empty() && rest.front() != ' ')) return false;
    setting_ = command_setting(text);
    runs_.mark();
    return true;
  }

  static bool take_hook(std::string_view text, LogSink& sink) {
    if (text.find("Dispatch send/recv time") == kNowhere &&
        text.find("Combine send/recv time") == kNowhere) {
      return false;
    }
    see_rank(text, sink);
    sink.skip(kSmTime);
    return true;
  }

  /// The rank in front of a result: the last "[rank N]" of what precedes it. Nothing: none.
  static std::optional<int> rank_in(std::string_view text) {
    constexpr std::string_view kTag = "[rank";
    const std::size_t at = text.rfind(kTag);
    if (at == kNowhere) return std::nullopt;
    Cursor cursor(text.substr(at + kTag.size()));
    const auto rank = cursor.whole();
    return rank && cursor.skip("]") ? rank : std::nullopt;
  }

  static void see_rank(std::string_view text, LogSink& sink) {
    const auto rank = rank_in(text);
    if (rank && *rank < kMaxRanks) sink.saw_rank(*rank);
  }

  /// One line holds the results of one rank, or those of several where ends of lines were lost.
  bool take_results(std::string_view text, LogSink& sink) {
    static constexpr Marker kDispatch("Dispatch bandwidth");
    static constexpr Marker kTotal("Dispatch + combine bandwidth");
    static constexpr Marker kCombine("Combine bandwidth");
    static constexpr Marker kRank("[rank");
    std::size_t at = kDispatch.find(text);
    if (at == kNowhere) {
      if (kTotal.in(text)) {
        see_rank(text, sink);
        sink.skip(kBothPhases);
        return true;
      }
      if (!kCombine.in(text)) return false;
      sink.reject(kTorn);
      return true;
    }
    for (std::size_t begun = 0; at != kNowhere;) {
      const std::size_t next = std::min(kDispatch.find(text, at + 1), text.size());
      const std::size_t end = std::min(kRank.find(text.substr(0, next), at), next);
      take_result(text.substr(begun, at - begun),
                  text.substr(at + kDispatch.size(), end - std::min(end, at + kDispatch.size())),
                  sink);
      begun = end;
      at = kDispatch.find(text, end);
    }
    return true;
  }

  /// `before`: what precedes "Dispatch bandwidth", `result`: what follows it.
  void take_result(std::string_view before, std::string_view result, LogSink& sink) {
    Figures dispatch;
    Figures combine;
    Cursor cursor(result);
    if (!take_figures(cursor, dispatch) || !cursor.skip_past("Combine bandwidth") ||
        !take_figures(cursor, combine)) {
      return sink.reject(kTorn);
    }
    const auto rank = rank_in(before);
    if (rank && *rank >= kMaxRanks) return sink.reject(kStrangeRank);
    if (rank) sink.saw_rank(*rank);
    if (before.find("return_recv_hook=True") != kNowhere) return sink.skip(kSmTime);
    // A copy of combine has at most 4 times the bytes of one of dispatch, as bf16 beside nvfp4, and
    // as many are sent.
    constexpr double kMostApart = 5.0;
    const double ratio = combine.volume() / dispatch.volume();
    const bool rounds = std::max(dispatch.rounding, combine.rounding) > kGoodRounding;
    if (!rounds && (ratio > kMostApart || ratio * kMostApart < 1.0)) {
      return sink.reject(kContradiction);
    }
    LowLatencySetting setting = setting_;
    if (before.find('=') != kNowhere && named_setting(before).complete()) {
      setting = named_setting(before);
    }
    const int run = runs_.next(rank.value_or(0));
    add({.kernel = "LL", .direction = Direction::kDispatch}, run, setting, dispatch, sink);
    add({.kernel = "LL", .direction = Direction::kCombine}, run, setting, combine, sink);
  }

  /// "[pplx][rank 0] Dispatch both p50: T us, X GB/s" of UCCL-EP.
  bool take_percentile(std::string_view text, LogSink& sink) {
    const bool dispatch = text.find("Dispatch") != kNowhere;
    if (!dispatch && text.find("Combine") == kNowhere) return false;
    if (text.find("send p50") != kNowhere || text.find("recv p50") != kNowhere) {
      sink.skip(kSmTime);
      return true;
    }
    Figures figures;
    Cursor cursor(text);
    if (!cursor.skip_past("both p50:")) return false;
    const auto time = cursor.number("us");
    const auto rank = rank_in(text);
    figures.microseconds = time.value_or(0.0);
    if (!time || !cursor.skip(",") || !take_bandwidth(cursor, figures)) {
      sink.reject(kTorn);
    } else if (rank && *rank >= kMaxRanks) {
      sink.reject(kStrangeRank);
    } else {
      if (rank) sink.saw_rank(*rank);
      RunCounter& runs = dispatch ? uccl_dispatch_runs_ : uccl_combine_runs_;
      add({.kernel = "UCCL-LL", .direction = dispatch ? Direction::kDispatch : Direction::kCombine},
          runs.next(rank.value_or(0)),
          setting_,
          figures,
          sink);
    }
    return true;
  }

  static Bytes element_of(Direction direction, const LowLatencySetting& setting) {
    if (direction == Direction::kDispatch) return kFp8Wire;
    return setting.log_format ? kLogfmt10Wire : kBf16Wire;
  }

  void add(CommSeries series,
           int run,
           LowLatencySetting setting,
           const Figures& figures,
           LogSink& sink) {
    const bool dispatch = series.direction == Direction::kDispatch;
    series.dtype = dispatch ? "fp8" : setting.log_format ? "logfmt10" : "bf16";
    if (dispatch) series.header = kHeader;
    const Bytes copy = setting.hidden_size * element_of(series.direction, setting) + series.header;
    const double selections = 1.0 * setting.tokens * setting.top_k;
    Bytes volume = figures.volume();
    if (const auto why = implausible(volume, figures.microseconds * unit::us); !why.empty()) {
      return sink.reject(why);
    }
    if (setting.complete() && !fits(volume / copy, selections, figures.rounding)) {
      sink.note(
          "low-latency results do not fit the tokens that a line before them states, and "
          "count as of unknown tokens");
      setting = {};
    }
    if (figures.rounding > kGoodRounding) {
      if (setting.complete()) {
        volume = selections * copy;
      } else if (figures.rounding > kPoorRounding) {
        return sink.reject(kTooFewDigits);
      }
    }
    series.hidden_size = setting.hidden_size;
    series.gate.top_k = setting.top_k;
    if (setting.experts > 0) series.gate.experts = setting.experts;
    sink.add(series, run, setting.tokens, volume, figures.microseconds * unit::us);
  }

  /// Whether so many copies can be those of a test: it masks 10 of its (token, expert) pairs.
  static bool fits(double copies, double selections, double rounding) {
    constexpr double kMasked = 10.0;
    constexpr double kSlack = 0.1;
    const double low = (selections - kMasked) * (1.0 - kSlack - rounding);
    return copies >= low && copies <= selections * (1.0 + kSlack + rounding);
  }

  /// Below: the printed bandwidth tells the bytes well; above `kPoorRounding` it tells nothing.
  static constexpr double kGoodRounding = 0.01;
  static constexpr double kPoorRounding = 0.05;

  LowLatencySetting setting_;
  RunCounter runs_;
  RunCounter uccl_dispatch_runs_;
  RunCounter uccl_combine_runs_;
};

}  // namespace

std::unique_ptr<LogFormat> deepep_low_latency() {
  return std::make_unique<DeepEpLowLatency>();
}

}  // namespace wideep
