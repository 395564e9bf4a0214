#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "units/quantity.h"

namespace wideep {

/// The values that make sense, both ends included.
template <class Q>
struct Range {
  Q low;
  Q high;
};

/// "0s to 100s".
template <class Q>
std::string text_of(Range<Q> range);

// What readers ask of a file, written down while they read: of it the JSON Schemas are made, which
// therefore say what the readers take and nothing else.

/// One way in which a value is taken.
struct Taken {
  enum class As { kWhole, kNumber, kShare, kQuantity, kWord, kText };
  As as = As::kText;
  double low = 0.0;  ///< of numbers and shares, both ends included
  double high = 0.0;
  std::string expected{};            ///< for people: "from 0s to 100s", "a path"
  std::string pattern{};             ///< ECMA-262, of quantities and texts; empty: any
  std::vector<std::string> words{};  ///< of a closed list

  friend bool operator==(const Taken&, const Taken&) = default;
};

struct AskedKey;

/// What was asked of one value, by all that read it.
struct Asked {
  std::vector<Taken> taken;      ///< of a value that stands alone, or in a list
  bool list = false;             ///< a list of them is taken too
  bool open = false;             ///< a mapping of any keys is taken
  std::vector<AskedKey> keys;    ///< of a mapping, in the order in which they were asked for
  std::optional<Taken> each_of;  ///< a table by such keys is taken too, of values as above
  bool only_table = false;       ///< no value that stands alone
  std::vector<Asked> in_table;   ///< what each value of a table is asked, where it is a mapping
  int missed = 0;                ///< how often it was reported missing
  int spared = 0;                ///< how often it was not there and not missed
  int asked_for = 0;             ///< how many readings of the mapping around asked for it
  int readings = 0;              ///< how often a mapping was read to its end

  void take(Taken how);
  [[nodiscard]] const Asked* find(std::string_view key) const;
  /// Whether that key of this mapping is always needed.
  [[nodiscard]] bool needs(const AskedKey& key) const;
  /// At a dotted path below; made where it was not asked for before. A segment that is no key of
  /// a table's mapping is one of the table's own.
  Asked& at(std::string_view path);
};

struct AskedKey {
  std::string name;
  Asked value;
};

/// While it lives, what readers of this thread ask is kept; one at a time.
class Recording {
 public:
  Recording();
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  Recording(Recording&&) = delete;
  Recording& operator=(Recording&&) = delete;

  Asked asked;
};

/// Whether anything is kept: for those who would otherwise put a path together.
bool is_recording();

/// What is kept of a value at a dotted path, "kernels.LL.latency"; null where nothing is kept.
Asked* asked_at(std::string_view path);

/// Keeps how the value at a path is taken; with what it is behind the path, "latency (EP width)",
/// how a key of the table there is.
void record(std::string_view path, Taken how);
/// Keeps that a whole number, a number or a quantity in that range is taken.
template <class Q>
void record_range(std::string_view path, Range<Q> range);
void record_share(std::string_view path, Range<double> range);
/// Keeps that one of those words is taken, or a list of them.
void record_words(std::string_view path, const std::vector<std::string_view>& words, bool list);

}  // namespace wideep
