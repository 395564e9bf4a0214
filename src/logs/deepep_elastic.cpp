// DeepEP V2's tests/elastic/test_ep.py.
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "logs/format.h"
#include "logs/scan.h"
#include "model/routing.h"
#include "model/words.h"

namespace wideep {
namespace {

constexpr int kMostElasticTopK = 32;  // that V2 takes

/// What a `Config:` block and the line of a test case say; 0 where they do not.
struct ElasticSetting {
  int scale_out_ranks = 0;
  int scale_up_ranks = 0;
  int top_k = 0;
  int experts = 0;
  int tokens = 0;  ///< per rank
  int hidden_size = 0;
  int sms = 0;
  std::optional<bool> fp8 = {};  ///< dispatch

  [[nodiscard]] bool complete() const { return top_k > 0 && tokens > 0 && hidden_size > 0; }
};

/// What the test takes where no option says.
constexpr Gate kDefaultGate{.experts = 256, .top_k = 8};

/// A result line.
struct Result {
  int rank = 0;
  int ranks = 0;
  std::string_view what;  ///< "dispatch", "expanded dispatch", "combine" ...
  double kernel = 0.0;    ///< us
  double epilogue = 0.0;  ///< us: copy or reduction, a kernel of its own
  double received = 0.0;  ///< bytes
};

/// Reads from behind "EP:", e.g. "   0/16 | dispatch: 40 GB/s (SO), 90 GB/s (SU), 800.0 us, 7 bytes
/// | copy: 900 GB/s, 50.0 us".
std::optional<Result> parse(std::string_view text) {
  Cursor cursor(text);
  const auto rank = cursor.whole();
  if (!rank || !cursor.skip("/")) return std::nullopt;
  const auto ranks = cursor.whole();
  if (!ranks || !cursor.skip("|")) return std::nullopt;
  const std::string_view phase = cursor.skip_blanks().rest();
  const std::size_t colon = phase.find(':');
  if (colon == kNowhere || !cursor.skip_past(":")) return std::nullopt;
  if (!cursor.number("GB/s") || !cursor.skip("(SO)") || !cursor.skip(",")) return std::nullopt;
  if (!cursor.number("GB/s") || !cursor.skip("(SU)") || !cursor.skip(",")) return std::nullopt;
  const auto kernel = cursor.number("us");
  if (!kernel || !cursor.skip(",")) return std::nullopt;
  const auto received = cursor.number("bytes");
  if (!received || !cursor.skip("|")) return std::nullopt;
  if (!cursor.skip("copy:") && !cursor.skip("reduce:")) return std::nullopt;
  if (!cursor.number("GB/s") || !cursor.skip(",")) return std::nullopt;
  const auto epilogue = cursor.number("us");
  if (!epilogue) return std::nullopt;
  return Result{.rank = *rank,
                .ranks = *ranks,
                .what = phase.substr(0, colon),
                .kernel = *kernel,
                .epilogue = *epilogue,
                .received = *received};
}

class DeepEpElastic : public LogFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "DeepEP V2 test"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kResult(" bytes |");
    static constexpr Marker kSetting("> ");
    static constexpr Marker kEp("EP:");
    if (kResult.in(line.text)) {
      // Where ends of lines were lost, one line holds several.
      bool found = false;
      for (std::size_t at = kEp.find(line.text); at != kNowhere;) {
        const std::size_t from = at + kEp.size();
        at = kEp.find(line.text, from);
        const std::string_view rest = line.text.substr(from, at - from);
        if (rest.find('|') == kNowhere) continue;
        found = true;
        take_result(rest, sink);
      }
      return found;
    }
    for (std::size_t at = kSetting.find(line.text); at != kNowhere;
         at = kSetting.find(line.text, at + 1)) {
      if (take_setting(line.text.substr(at + kSetting.size()))) return true;
    }
    return false;
  }

 private:
  bool take_setting(std::string_view text) {
    Cursor cursor(text);
    if (cursor.skip("Ranks:")) {
      setting_ = {.scale_out_ranks = cursor.whole().value_or(0)};
      if (cursor.skip("x")) setting_.scale_up_ranks = cursor.whole().value_or(0);
      mark();
    } else if (cursor.skip("Experts:")) {
      const int top_k = cursor.whole().value_or(0);
      const bool parted = cursor.skip("/");
      const int experts = parted ? cursor.whole().value_or(0) : 0;
      const bool possible = top_k > 0 && top_k <= kMostElasticTopK && experts >= top_k;
      setting_.top_k = possible ? top_k : 0;
      setting_.experts = possible ? experts : 0;
    } else if (cursor.skip("Tokens:")) {
      setting_.tokens = cursor.whole().value_or(0);
      setting_.hidden_size = cursor.skip_past("hidden:") ? cursor.whole().value_or(0) : 0;
    } else if (cursor.skip("#SM:")) {
      setting_.sms = cursor.whole().value_or(0);
    } else if (cursor.skip("Testing with")) {
      if (cursor.skip_past("use_fp8_dispatch=")) {
        setting_.fp8 = cursor.skip("1") || cursor.skip("True");
      }
      mark();
    } else {
      return false;
    }
    return true;
  }

  void mark() {
    dispatch_runs_.mark();
    combine_runs_.mark();
  }

  void take_result(std::string_view text, LogSink& sink) {
    const auto result = parse(text);
    if (!result) return sink.reject("a torn line: not all of its numbers are there");
    if (result->ranks > kMaxRanks || result->rank >= result->ranks) {
      return sink.reject("a rank that cannot be");
    }
    const bool dispatch = result->what == "dispatch";
    if (!dispatch && result->what != "combine") {
      return sink.skip("expanded, cached or reduced variants, which engines do not run");
    }
    sink.saw_rank(result->rank);
    const auto series = series_of(*result, dispatch, sink);
    const Seconds time = (result->kernel + result->epilogue) * unit::us;
    const Bytes volume = volume_of(*result, series);
    if (result->kernel <= 0.0 || result->epilogue < 0.0) {
      return sink.reject("a time or a bandwidth that is not above 0");
    }
    if (const auto why = implausible(volume, time); !why.empty()) return sink.reject(why);
    RunCounter& runs = dispatch ? dispatch_runs_ : combine_runs_;
    sink.add(series, runs.next(result->rank), setting_.tokens, volume, time);
  }

  CommSeries series_of(const Result& result, bool dispatch, LogSink& sink) {
    CommSeries series{
        .kernel = "V2",
        .copies = Copies::kPerDomain,
        .direction = dispatch ? Direction::kDispatch : Direction::kCombine,
        .ep_width = result.ranks,
        .sms = setting_.sms,
        .hidden_size = setting_.hidden_size,
        .gate = kDefaultGate,
        .gpus_per_domain = setting_.scale_out_ranks > 1 ? setting_.scale_up_ranks : 0};
    if (setting_.top_k > 0) {
      series.gate.top_k = setting_.top_k;
      series.gate.experts = setting_.experts;
    }
    if (!setting_.complete()) {
      sink.note(fmt::format(
          "no Config block says what DeepEP V2's test ran: top-{} of {} experts are assumed",
          series.gate.top_k,
          *series.gate.experts));
    }
    if (!dispatch) {
      series.dtype = "bf16";
    } else if (setting_.fp8) {
      series.dtype = *setting_.fp8 ? "fp8" : "bf16";
    } else if (setting_.complete()) {
      // Between fp8's 1.03 bytes for an element, besides indices and weights, and the 2 of bf16.
      constexpr double kBetween = 1.5;
      const double copies = setting_.tokens * distinct_targets(series.gate, result.ranks);
      series.dtype = result.received / copies < kBetween * setting_.hidden_size ? "fp8" : "bf16";
    }
    return series;
  }

  /// What k copies of every token come to; the line counts those received, one for each rank that a
  /// token goes to.
  [[nodiscard]] Bytes volume_of(const Result& result, const CommSeries& series) const {
    if (!setting_.complete()) {
      return result.received * series.gate.top_k / distinct_targets(series.gate, result.ranks) *
             unit::B;
    }
    const Bytes element = series.dtype == "fp8" ? kFp8Wire : kBf16Wire;
    return 1.0 * setting_.tokens * setting_.top_k * setting_.hidden_size * element;
  }

  ElasticSetting setting_;
  RunCounter dispatch_runs_;
  RunCounter combine_runs_;
};

}  // namespace

std::unique_ptr<LogFormat> deepep_elastic() {
  return std::make_unique<DeepEpElastic>();
}

}  // namespace wideep
