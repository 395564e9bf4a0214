#include "logs/collect.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "logs/stated_width.h"

namespace wideep {
namespace {

/// Runs whose lines may still come, in all series.
constexpr std::size_t kMaxOpenRuns = 32;
/// Different reasons, notes and faults of a file; a hostile one could bring forth millions.
constexpr std::size_t kMaxReasons = 50;
constexpr std::size_t kMaxNotes = 50;
constexpr std::size_t kMaxFaults = 20;
constexpr std::string_view kOtherReasons = "for other reasons";

/// Of the middle two where there are two. Reorders the values.
double median(std::vector<double>& values) {
  if (values.size() == 1) return values.front();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

bool same(const Gate& a, const Gate& b) {
  return a.experts == b.experts && a.top_k == b.top_k && a.groups == b.groups &&
         a.groups_per_token == b.groups_per_token && a.routing == b.routing;
}

/// Whether `b` with that EP width is `a`.
bool same(const CommSeries& a, const CommSeries& b, int width) {
  return a.ep_width == width && a.direction == b.direction && a.kernel == b.kernel &&
         a.sms == b.sms && a.hidden_size == b.hidden_size && same(a.gate, b.gate) &&
         a.dtype == b.dtype && a.header == b.header && a.copies == b.copies &&
         a.gpus_per_domain == b.gpus_per_domain;
}

}  // namespace

FileCollector::FileCollector(std::string name, WidthHints hints) : hints_(hints) {
  file_.name = std::move(name);
  open_.reserve(kMaxOpenRuns);
  spare_.reserve(kMaxOpenRuns);
}

void FileCollector::begin_line(int number) {
  line_ = number;
  from_line_ = 0;
}

int FileCollector::ep_width() const {
  if (hints_.of_file) return *hints_.of_file;
  if (stated_width_ > 0) return stated_width_;
  return hints_.otherwise.value_or(0);
}

void FileCollector::count_used() {
  // A line of which one half was used and the other not counts as used as well.
  if (std::exchange(last_used_, line()) != line()) ++file_.used;
}

std::optional<std::size_t> FileCollector::series_index(const CommSeries& series, int width) {
  for (const std::size_t at : recent_) {
    if (at < comm_series_.all().size() && same(comm_series_.all()[at], series, width)) return at;
  }
  CommSeries resolved = series;
  resolved.ep_width = width;
  const auto index = comm_series_.index_of(resolved);
  if (index) {
    recent_.at(next_recent_) = *index;
    next_recent_ = (next_recent_ + 1) % recent_.size();
  }
  return index;
}

int FileCollector::resolved_width(int said) {
  const int width = said == 0 || hints_.of_file ? ep_width() : said;
  if (said != 0 && width != said) {
    note(fmt::format("EP width {} as given, though the log says {}", width, said));
  }
  return width;
}

void FileCollector::add(
    const CommSeries& series, int run, double tokens, Bytes volume, Seconds time) {
  if (const auto why = implausible(volume, time); !why.empty()) return reject(why);
  const auto index = series_index(series, resolved_width(series.ep_width));
  if (!index) return reject(kTooManySeries);
  count_used();
  Run& open = run_of(*index, run, tokens);
  open.volumes.push_back(volume.base());
  open.times.push_back(time.base());
  if (open.times.size() >= static_cast<std::size_t>(kMaxRanks)) close_all();
}

FileCollector::Run& FileCollector::run_of(std::size_t series, int number, double tokens) {
  if (number > newest_run_) {
    newest_run_ = number;
    const auto kept = std::partition(
        open_.begin(), open_.end(), [&](const Run& run) { return run.number >= number - 1; });
    for (auto run = kept; run != open_.end(); ++run) close(*run);
    open_.erase(kept, open_.end());
  }
  for (Run& run : open_) {
    if (run.series == series && run.number == number) return run;
  }
  if (open_.size() == kMaxOpenRuns) close_all();
  Run fresh;
  if (!spare_.empty()) {
    fresh = std::move(spare_.back());
    spare_.pop_back();
  }
  fresh.series = series;
  fresh.number = number;
  fresh.tokens = tokens;
  fresh.line = line();
  open_.push_back(std::move(fresh));
  return open_.back();
}

void FileCollector::close(Run& run) {
  comm_.offer({.series = run.series,
               .tokens = run.tokens,
               .volume = Bytes(median(run.volumes)),
               .time = Seconds(median(run.times)),
               .ranks = static_cast<int>(run.times.size()),
               .place = {.line = run.line}});
  run.volumes.clear();
  run.times.clear();
  if (spare_.size() < kMaxOpenRuns) spare_.push_back(std::move(run));
}

void FileCollector::close_all() {
  for (Run& run : open_) close(run);
  open_.clear();
}

void FileCollector::set_ep_width(int ep_width, std::string_view because) {
  if (ep_width < 1 || ep_width > kMaxRanks || ep_width == stated_width_) return;
  stated_width_ = ep_width;
  note(fmt::format("EP width {} from line {}: {}", ep_width, line_, because));
}

void FileCollector::saw_rank(int rank) {
  if (rank < 0 || rank >= kMaxRanks) return;
  const auto at = static_cast<std::size_t>(rank);
  if (at >= ranks_.size()) ranks_.resize(at + 1, false);
  if (!ranks_[at]) ++rank_count_;
  ranks_[at] = true;
}

void FileCollector::count(std::vector<LineReason>& reasons,
                          std::string_view why,
                          std::vector<int>& last_lines) {
  const auto find = [&reasons](std::string_view text) {
    return std::find_if(reasons.begin(), reasons.end(), [text](const LineReason& reason) {
      return reason.why == text;
    });
  };
  auto found = find(why);
  if (found == reasons.end() && reasons.size() >= kMaxReasons) {
    why = kOtherReasons;
    found = find(why);
  }
  if (found == reasons.end()) {
    reasons.push_back({.why = std::string(why), .lines = 0, .first_line = line_});
    last_lines.push_back(0);
    found = reasons.end() - 1;
  }
  int& last = last_lines[static_cast<std::size_t>(found - reasons.begin())];
  if (std::exchange(last, line_) != line_) ++found->lines;
}

void FileCollector::skip(std::string_view why) {
  count(file_.skipped, why, last_skipped_);
}

void FileCollector::reject(std::string_view why) {
  count(file_.rejected, why, last_rejected_);
}

void FileCollector::fault(LogFault fault) {
  if (faults_.size() < kMaxFaults) faults_.push_back(std::move(fault));
}

void FileCollector::note(std::string text) {
  auto& notes = file_.notes;
  if (notes.size() >= kMaxNotes) return;
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
}

int FileCollector::inferred_width() {
  const int named = ep_width_of_name(file_.name);
  const auto highest = static_cast<int>(ranks_.size());
  const bool counted = rank_count_ > 1 && rank_count_ == highest;
  // The log of one node among several shows no more than its own ranks.
  // Groups are whole nodes, or a part of one; 15 ranks are 16 of which one is missing.
  constexpr int kNode = 8;
  const bool whole = highest % kNode == 0 || kNode % highest == 0;
  if (counted && whole && named <= highest) {
    file_.guessed_width = fmt::format(
        "EP width {} is taken from the highest rank in the log, {}", highest, highest - 1);
    note(file_.guessed_width);
    return highest;
  }
  if (named > 0) {
    note(fmt::format("EP width {} from the file's name", named));
    return named;
  }
  note(fmt::format("nothing says the EP width: pass --ep N, or --ep {}=N", file_.name));
  return 0;
}

void FileCollector::note_choice(std::string_view what, std::uint64_t offered) {
  if (offered <= kMaxSamples) return;
  note(fmt::format("a random {} of {} {} are kept", kMaxSamples, offered, what));
}

void FileCollector::finish() {
  close_all();
  note_choice("measurements", comm_.offered());
  note_choice("timings of collectives", collectives_.offered());
  note_choice("timings of experts", experts_.offered());
  note_choice("timings of fused kernels", fused_.offered());
  note_choice("timings of attention", attention_.offered());
  note_choice("rows of TPOT", steps_.offered());
  note_choice("values of balancedness", balance_.offered());
  const auto lacks_width = [](const auto& item) { return item.ep_width == 0; };
  auto& series = comm_series_.all();
  auto& fused = fused_.kept();
  auto& balance = balance_.kept();
  const bool lacking = std::any_of(series.begin(), series.end(), lacks_width) ||
                       std::any_of(fused.begin(), fused.end(), lacks_width) ||
                       std::any_of(balance.begin(), balance.end(), lacks_width);
  if (!lacking) return;
  const int width = inferred_width();
  for (CommSeries& one : series) {
    if (lacks_width(one)) one.ep_width = width;
  }
  for (FusedSample& one : fused) {
    if (lacks_width(one)) one.ep_width = width;
  }
  for (BalanceSample& one : balance) {
    if (lacks_width(one)) one.ep_width = width;
  }
}

}  // namespace wideep
