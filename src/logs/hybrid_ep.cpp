// Hybrid-EP, the branch hybrid-ep of deepseek-ai/DeepEP: tests/test_hybrid_ep.py. Of a call it
// prints time and bytes, a line for each tier.
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "logs/format.h"
#include "logs/implied_tokens.h"
#include "logs/scan.h"
#include "logs/stated_width.h"
#include "model/words.h"

namespace wideep {
namespace {

// What the test has where its environment does not say.
constexpr int kHybridHiddenSize = 7168;
constexpr int kHybridTopK = 8;
constexpr int kLocalExperts = 32;
/// Results that wait for their other tier; a run prints two of each rank.
constexpr std::size_t kMostPending = 4096;

/// One direction of one rank's call.
struct Call {
  Direction direction = Direction::kDispatch;
  bool fp8 = false;
  int rank = 0;
  int run = 0;
  int line = 1;
  double microseconds = 0.0;
  Bytes scale_up;
  Bytes scale_out;  ///< 0: not told
};

class HybridEp : public LogFormat {
 public:
  explicit HybridEp(const LogHints& hints) : tokens_given_(hints.tokens.value_or(0)) {}

  [[nodiscard]] std::string_view name() const override { return "DeepEP Hybrid-EP test"; }

  bool take(const LogLine& line, LogSink& sink) override {
    static constexpr Marker kRate(" GB/s");
    if (!kRate.in(line.text)) return false;
    const std::string_view text = line.text;
    const bool dispatch = text.find("dispatch") != kNowhere;
    if (!dispatch && text.find("combine") == kNowhere) return false;
    const bool kernel =
        (text.find("dispatch kernel") != kNowhere || text.find("combine kernel") != kNowhere) &&
        text.find("avg_t=") != kNowhere;
    if (kernel) {
      sink.skip("Hybrid-EP's kernel alone; the lines with bytes time the whole call");
      return true;
    }
    const bool inside = text.find(dispatch ? "nvl_recv_bytes:" : "combine_send_bytes:") != kNowhere;
    const bool outside = text.find(dispatch ? "rdma_send_bytes:" : "rdma_recv_bytes:") != kNowhere;
    if (!inside && !outside) return false;
    if (text.find("permute") != kNowhere) {
      sink.skip("with permutation, which is no transfer");
      return true;
    }
    take_result(line, dispatch, inside, sink);
    return true;
  }

  void finish(LogSink& sink) override { flush(sink); }

 private:
  void take_result(const LogLine& line, bool dispatch, bool inside, LogSink& sink) {
    const std::string_view text = line.text;
    const auto time = number_after(text, " t:");
    const auto megabytes = number_after(text, "_bytes:");
    if (!time || !megabytes) return sink.reject(kTorn);
    const int rank = whole_after(text, "[rank").value_or(0);
    if (rank >= kMaxRanks) return sink.reject("a rank that cannot be");
    if (text.find("[rank") != kNowhere) sink.saw_rank(rank);
    const Bytes bytes = *megabytes * 1e6 * unit::B;
    if (const auto why = implausible(bytes, *time * unit::us); !why.empty()) {
      return sink.reject(why);
    }
    const Direction direction = dispatch ? Direction::kDispatch : Direction::kCombine;
    const bool fp8 = dispatch && text.find("(FP8)") != kNowhere;
    if (!inside) {
      const auto own = std::find_if(pending_.rbegin(), pending_.rend(), [&](const Call& call) {
        return call.direction == direction && call.fp8 == fp8 && call.rank == rank &&
               call.microseconds == *time;
      });
      if (own == pending_.rend()) return sink.reject("the bytes of one tier without the other's");
      own->scale_out = bytes;
      return;
    }
    if (pending_.size() == kMostPending) flush(sink);
    RunCounter& runs = !dispatch ? combine_runs_ : fp8 ? fp8_runs_ : bf16_runs_;
    pending_.push_back({.direction = direction,
                        .fp8 = fp8,
                        .rank = rank,
                        .run = runs.next(rank),
                        .line = line.number,
                        .microseconds = *time,
                        .scale_up = bytes,
                        .scale_out = {}});
  }

  void flush(LogSink& sink) {
    for (const Call& call : pending_) {
      sink.from_line(call.line);
      add(call, sink);
    }
    pending_.clear();
  }

  void add(const Call& call, LogSink& sink) const {
    const Bytes copy = kHybridHiddenSize * (call.fp8 ? kFp8Wire : kBf16Wire);
    const CountedCopies copies{.ranks = call.scale_up / copy, .nodes = call.scale_out / copy};
    int width = sink.ep_width();
    if (width == 0) width = ep_width_of_name(sink.file_name());
    if (width == 0) {
      width = implied_width(copies, kHybridTopK);
      if (width > 0) {
        sink.note(fmt::format("EP width {} from how bytes over RDMA and NVLink relate", width));
      }
    }
    if (width == 0) return sink.reject("nothing says the EP width of its bytes: --ep N does");
    const ImpliedBatch batch =
        implied_batch(copies, width, kHybridTopK, tokens_given_, kLocalExperts * width);
    if (batch.tokens == 0) return sink.reject("bytes of no number of tokens");
    sink.note(fmt::format("{} tokens of hidden size {}, top-{} of {} experts, {}",
                          batch.tokens,
                          kHybridHiddenSize,
                          kHybridTopK,
                          batch.experts,
                          tokens_given_ > 0 ? "as --tokens and Hybrid-EP's test say"
                                            : "by bytes and Hybrid-EP's test"));
    const CommSeries series{.kernel = "HybridEP",
                            .copies = Copies::kPerDomain,
                            .direction = call.direction,
                            .ep_width = width,
                            .hidden_size = kHybridHiddenSize,
                            .gate = {.experts = batch.experts, .top_k = kHybridTopK},
                            .dtype = call.fp8 ? "fp8" : "bf16",
                            .gpus_per_domain = call.scale_out > Bytes{} ? kRanksPerNode : 0};
    sink.add(series,
             call.run,
             batch.tokens,
             1.0 * batch.tokens * kHybridTopK * copy,
             call.microseconds * unit::us);
  }

  int tokens_given_ = 0;  ///< by the user; 0: none
  std::vector<Call> pending_;
  RunCounter fp8_runs_;
  RunCounter bf16_runs_;
  RunCounter combine_runs_;
};

}  // namespace

std::unique_ptr<LogFormat> hybrid_ep(const LogHints& hints) {
  return std::make_unique<HybridEp>(hints);
}

}  // namespace wideep
