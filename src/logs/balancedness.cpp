// How even the load of ranks was, as engines log it. docs/measuring.md#gamma
#include <algorithm>
#include <compare>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "logs/format.h"
#include "logs/scan.h"

namespace wideep {
namespace {

/// A version of vLLM, as far as order needs it.
struct VllmVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  bool released = true;  ///< false: a candidate or a build on the way to it

  friend auto operator<=>(const VllmVersion&, const VllmVersion&) = default;
};

/// The first version whose balancedness compares ranks. vllm-project/vllm pull request 51813 was in
/// by 14 August 2026 (comment of that day in 51784); 0.27.1 of 13 August came from the branch of
/// 0.27; 0.28.0 of 26 August lists 52458, which was still under review on 16 August.
constexpr VllmVersion kFixed{0, 28, 0, true};
constexpr std::string_view kFixedText = "0.28.0";

/// "0.28.0", "v0.28", "0.28.1rc1.dev3+g0123abc". Builds are called after the version to come.
std::optional<VllmVersion> parse_version(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  VllmVersion version;
  int parts = 0;
  for (int* const part : {&version.major, &version.minor, &version.patch}) {
    constexpr std::size_t kMostDigits = 6;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > kMostDigits) break;
    *part = Cursor(text.substr(0, digits)).whole().value_or(0);
    ++parts;
    text.remove_prefix(digits);
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  if (parts < 2) return std::nullopt;
  while (text.starts_with('.') || text.starts_with('-') || text.starts_with('_')) {
    text.remove_prefix(1);
  }
  for (const std::string_view candidate : {"a", "b", "c", "rc", "dev", "pre"}) {
    if (text.starts_with(candidate)) version.released = false;
  }
  return version;
}

/// The text up to the next character that no version has.
std::string_view version_text(std::string_view text) {
  const std::size_t end = text.find_first_of(" \t\r,;)'\"\x1b");
  return text.substr(0, std::min(end, text.size()));
}

constexpr std::string_view kOutside = "a balancedness that is not above 0 up to 1";
constexpr std::string_view kIdle = "a step without tokens, whose balance says nothing";

/// gamma from mean/max.
void add_share(std::optional<double> mean_by_max, BalanceTool tool, LogSink& sink) {
  if (!mean_by_max || *mean_by_max <= 0.0 || *mean_by_max > 1.0) return sink.reject(kOutside);
  sink.add(BalanceSample{.tool = tool, .straggler_factor = 1.0 / *mean_by_max, .place = {}});
}

/// SGLang's [Expert Balancedness] lines. Newer ones sum up several passes of decode.
bool take_sglang(std::string_view text, LogSink& sink) {
  const std::size_t at = text.find("[Expert Balancedness]");
  if (at == kNowhere) return false;
  text.remove_prefix(at);
  auto balancedness = number_after(text, " current_pass_balancedness=");
  // With the blank: averages over the last passes, which end in the same, would count them twice.
  if (!balancedness) balancedness = number_after(text, " average_balancedness=");
  // SGLang adds a little to both loads, so that without tokens it prints 1.
  if (number_after(text, "gpu_physical_count_sum=") == 0.0) {
    sink.skip(kIdle);
  } else {
    add_share(balancedness, BalanceTool::kSglang, sink);
  }
  return true;
}

class Balancedness : public LogFormat {
 public:
  explicit Balancedness(LogHints hints) : hints_(std::move(hints)) {}

  [[nodiscard]] std::string_view name() const override { return "balancedness of an engine"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kBalancedness("balancedness=");
    static constexpr Marker kRatio("imbalance-ratio");
    static constexpr Marker kReport("report_load_statistics");
    static constexpr Marker kEngine("LLM");
    if (kBalancedness.in(line.text)) {
      return take_sglang(line.text, sink) || take_vllm(line, sink);
    }
    if (kEngine.in(line.text)) note_engine(line.text, sink);
    if (kReport.in(line.text)) per_expert_ = line.text.find("--per_expert") != kNowhere;
    if (kRatio.in(line.text) && begin_table(line.text, sink)) return true;
    return in_table_ && take_layer(line.text, sink);
  }

 private:
  bool take_vllm(const LogLine& line, LogSink& sink);
  void refuse(const LogLine& line, std::string message, std::string help, LogSink& sink);
  void note_engine(std::string_view text, LogSink& sink);
  bool begin_table(std::string_view text, LogSink& sink);
  bool take_layer(std::string_view text, LogSink& sink);

  LogHints hints_;
  std::optional<std::string> version_;  ///< of vLLM, as the log says
  bool told_ = false;                   ///< that vLLM's figure is wrong
  bool in_table_ = false;               ///< of TensorRT-LLM
  bool per_expert_ = false;             ///< its next table is not by rank
  std::vector<std::string_view> words_;
};

/// The version that the engine says, and the ranks that share its experts.
void Balancedness::note_engine(std::string_view text, LogSink& sink) {
  for (const std::string_view before :
       {"vLLM API server version ", "LLM engine (v", "vLLM version: "}) {
    const std::size_t at = text.find(before);
    if (at == kNowhere) continue;
    const std::string_view version = version_text(text.substr(at + before.size()));
    if (parse_version(version)) version_ = version;
  }
  // EPLB needs expert parallelism, which in vLLM spans these.
  const auto tensor = whole_after(text, " tensor_parallel_size=");
  const auto data = whole_after(text, " data_parallel_size=");
  if (!tensor || !data) return;
  const auto context = whole_after(text, " prefill_context_parallel_size=");
  const double width = static_cast<double>(*tensor) * *data * context.value_or(1);
  if (width <= 1.0 || width > kMaxRanks) return;
  sink.set_ep_width(static_cast<int>(width), "parallel sizes of vLLM's engine");
}

bool Balancedness::take_vllm(const LogLine& line, LogSink& sink) {
  constexpr std::string_view kStep = "EPLB step: ";
  const std::size_t at = line.text.find(kStep);
  if (at == kNowhere) return false;
  const std::string_view text = line.text.substr(at + kStep.size());
  const std::string counts = "record how many tokens each expert gets instead";
  if (text.starts_with("avg_tokens=")) {
    refuse(line,
           "this balancedness of an old vLLM compares layers, not ranks",
           counts + fmt::format(", or use vLLM {} or later", kFixedText),
           sink);
    return true;
  }
  const std::optional<std::string>& said = version_ ? version_ : hints_.vllm_version;
  const auto version = said ? parse_version(*said) : std::nullopt;
  if (!version) {
    refuse(line,
           fmt::format("nothing says which vLLM wrote this balancedness, and before {} it compares "
                       "layers, not ranks",
                       kFixedText),
           "say the version of vLLM, or " + counts,
           sink);
  } else if (*version < kFixed) {
    refuse(line,
           fmt::format("this balancedness of vLLM {} compares layers, not ranks", shown(*said)),
           counts + fmt::format(", or use vLLM {} or later", kFixedText),
           sink);
  } else if (number_after(text, "max_tokens=") == 0.0) {
    sink.skip(kIdle);
  } else {
    add_share(number_after(text, " balancedness="), BalanceTool::kVllm, sink);
  }
  return true;
}

/// One fault tells as much as one at every step.
void Balancedness::refuse(const LogLine& line,
                          std::string message,
                          std::string help,
                          LogSink& sink) {
  if (std::exchange(told_, true)) return sink.skip("a balancedness that is known to be wrong");
  const std::size_t at = line.text.find("balancedness=");
  sink.fault({line.number,
              static_cast<int>(at) + 1,
              std::move(message),
              std::move(help),
              std::string(line.text)});
}

/// What TensorRT-LLM's examples/wide_ep/ep_load_balancer/report_load_statistics.py prints: a data
/// frame with a row for each layer.
bool Balancedness::begin_table(std::string_view text, LogSink& sink) {
  split_words(without_prefixes(text), words_);
  constexpr std::string_view kNames[] = {"mean", "std", "imbalance-ratio"};
  in_table_ = std::equal(words_.begin(), words_.end(), std::begin(kNames), std::end(kNames));
  if (in_table_ && !per_expert_) {
    sink.note("load statistics of TensorRT-LLM, taken to be made without --per_expert");
  }
  return in_table_;
}

bool Balancedness::take_layer(std::string_view text, LogSink& sink) {
  constexpr std::size_t kWords = 4;
  split_words(without_prefixes(text), words_);
  const bool elided = !words_.empty() && (words_.front() == ".." || words_.front() == "...");
  const bool average = !words_.empty() && words_.front() == "average";
  const bool layer =
      words_.size() == kWords && words_.front().find_first_not_of("0123456789") == kNowhere;
  in_table_ = elided || layer;  // the average stands last
  if (elided) sink.skip("layers that the table leaves out");
  if (average) sink.skip("the average of the layers above it");
  if (!layer) return elided || average;
  const ScannedNumber ratio = scan_number(words_.back());
  if (per_expert_) {
    sink.skip("load per expert, not per rank");
  } else if (words_.back() == "NaN") {
    sink.skip("a layer without tokens");
  } else if (ratio.length != words_.back().size() || ratio.value < 0.0 ||
             ratio.value >= kMaxRanks) {
    sink.reject("an imbalance ratio that is no share of the mean");
  } else {
    sink.add(BalanceSample{
        .tool = BalanceTool::kTensorRtLlm, .straggler_factor = 1.0 + ratio.value, .place = {}});
  }
  return true;
}

}  // namespace

std::unique_ptr<LogFormat> balancedness(const LogHints& hints) {
  return std::make_unique<Balancedness>(hints);
}

}  // namespace wideep
