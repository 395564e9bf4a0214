#include "report/describe.h"

#include <fmt/format.h>

#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kLabelColumns = 12;

/// Whether a word is the unit of the number before it, from which no line break may part it.
bool is_unit(std::string_view word) {
  constexpr std::size_t kLongest = 4;  // "GB/s"
  const std::string_view bare = word.substr(0, word.find_last_not_of(".,;:)") + 1);
  return !bare.empty() && bare.size() <= kLongest && (bare.ends_with('s') || bare.ends_with('B')) &&
         bare != "as" && bare != "is" && bare != "goes";
}

/// The end of the first word, with the unit that follows a number.
std::size_t word_end(std::string_view text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const bool number = end > 0 && end < text.size() && text[end - 1] >= '0' && text[end - 1] <= '9';
  if (!number) return end;
  const std::size_t next = std::min(text.find(' ', end + 1), text.size());
  return is_unit(text.substr(end + 1, next - end - 1)) ? next : end;
}

/// `text` in lines of at most kColumns, each starting at column `indent` but for the first, which
/// is already there.
std::string break_lines(std::string_view text, std::size_t indent) {
  std::string lines;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = word_end(text);
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool at_start = column == indent;
    if (!at_start && column + 1 + word.size() > kColumns) {
      lines += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (!at_start) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + '\n';
}

}  // namespace

std::string describe(const Problem& problem, const Prediction& prediction) {
  const Config& config = prediction.config;
  const std::string where =
      fmt::format("EP {}, {}{}",
                  config.ep_width,
                  problem.fabric.kernels[config.kernel].name,
                  config.sms == 0 ? "" : fmt::format(" on {} SMs", config.sms));
  const std::string chunks =
      config.chunks == 1
          ? ""
          : fmt::format(", {} chunks of {}", config.chunks, format(prediction.chunk));
  switch (config.overlap) {
    case Overlap::kNone:
      return where + ", no overlap";
    case Overlap::kChunk:
      return fmt::format("{}, {} chunks of {}", where, config.chunks, format(prediction.chunk));
    case Overlap::kDbo:
      break;
  }
  return fmt::format("{}, dbo with {} + {} tokens per rank{}",
                     where,
                     format_number(config.first_tokens),
                     format_number(prediction.tokens - config.first_tokens),
                     chunks);
}

std::string labelled(std::string_view label, std::string_view text) {
  return fmt::format("{:<{}}", label, kLabelColumns) + break_lines(text, kLabelColumns);
}

}  // namespace wideep
