#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "units/quantity.h"

namespace wideep {

inline constexpr auto kNowhere = std::string_view::npos;
/// Why a line is not used that breaks off.
inline constexpr std::string_view kTorn = "a torn line: not all of its numbers are there";

/// A text to look for in many lines. Looks for its rarest character first, which most lines lack.
class Marker {
 public:
  constexpr explicit Marker(std::string_view text) : text_(text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      if (how_common(text[i]) < how_common(text[rare_])) rare_ = i;
    }
  }

  /// Where it begins, at `from` or later; npos where it does not occur.
  [[nodiscard]] std::size_t find(std::string_view line, std::size_t from = 0) const;
  [[nodiscard]] bool in(std::string_view line) const {
    return find(line) != std::string_view::npos;
  }
  [[nodiscard]] constexpr std::size_t size() const { return text_.size(); }

 private:
  /// In logs; from rare to common.
  static constexpr std::size_t how_common(char c) {
    constexpr std::string_view kOrder =
        "|`~^;@\\{}!?&%zZqQXjJ+*#<>xKkGWVYUHvFwMyBbSp'\"$f=g/LuPOEARTICNDlmhdcrsaniot_(),e[]-.: "
        "9876543210";
    return kOrder.find(c);  // what is not in the order is taken for common
  }

  std::string_view text_;
  std::size_t rare_ = 0;
};

/// Walks along a line. What does not match moves nothing.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::string_view rest() const { return text_; }

  /// Steps over blanks, and asterisks where somebody set text in bold.
  Cursor& skip_blanks();
  /// Steps over blanks and then `word`, not empty, if it is next.
  bool skip(std::string_view word);
  /// Steps over everything up to and with `word`, if it comes.
  bool skip_past(std::string_view word);
  /// The number that is next after blanks, and steps over it: decimal, finite, maybe with exponent.
  std::optional<double> number();
  /// A number and then its unit, which shows that the number is whole: "77.0 us" but not "77".
  std::optional<double> number(std::string_view unit);
  /// A whole number from 0 to 2^31 - 1, not followed by a point and digits.
  std::optional<int> whole();

 private:
  std::string_view text_;
};

/// The number at the beginning of a text, after blanks, and how many characters that is.
struct ScannedNumber {
  double value = 0.0;
  std::size_t length = 0;  ///< blanks included; 0: there is no finite number
  int decimals = 0;        ///< digits after the point
};
ScannedNumber scan_number(std::string_view text);

/// The number that follows `marker`, blanks between allowed: number_after("T=5 us", "T=") is 5.
std::optional<double> number_after(std::string_view text, std::string_view marker);
std::optional<int> whole_after(std::string_view text, std::string_view marker);

/// What follows an option of a command line, "--name value" or "--name=value"; empty without it.
std::string_view option_value(std::string_view command, std::string_view name);

std::string_view trimmed(std::string_view text);
bool equal_without_case(std::string_view a, std::string_view b);

/// Text without what tools put before lines: `[1,0]<stdout>:` of mpirun, `[pod/name/container] `
/// and time stamps of kubectl, `0: ` of srun, `> ` of quotes, and blanks.
std::string_view without_prefixes(std::string_view line);

/// Copies a line without ANSI escape sequences to `plain`.
void strip_escapes(std::string_view line, std::string& plain);

/// The cells of a line that `separator` parts, each trimmed, and without quotes around it;
/// separators between quotes do not count. `cells` is reused.
void split_cells(std::string_view line, char separator, std::vector<std::string_view>& cells);
/// The words of a line that blanks part.
void split_words(std::string_view line, std::vector<std::string_view>& words);

/// As much of a text as a message has room for, in quotes, and without control characters.
std::string shown(std::string_view text);

/// GPUs that share a scale-up domain, by a device's name: 72 on GB200 and GB300, 8 in other servers
/// of NVIDIA's data-center GPUs; 0: another name.
int gpus_per_domain_of(std::string_view device);

/// More ranks than any all-to-all library serves; bounds what a log can make us remember.
inline constexpr int kMaxRanks = 1 << 14;

/// Why a measurement is none: a time or a size that is not finite and above 0, or absurd. Empty
/// when there is nothing wrong.
std::string_view implausible(Bytes volume, Seconds time);

/// Tells runs of a tool apart by the lines of its ranks: a rank's i-th line since the last mark
/// belongs to the i-th run after it.
class RunCounter {
 public:
  /// A new run begins, or another node says that it did.
  void mark();
  /// The run of this line of a rank, from 0 to kMaxRanks - 1.
  int next(int rank);

 private:
  std::vector<int> lines_;  ///< since the mark, by rank
  int base_ = 0;
  int newest_ = -1;
  bool fresh_ = true;  ///< no line since the mark
};

}  // namespace wideep
