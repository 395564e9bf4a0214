#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input/diagnostic.h"

namespace wideep {

/// How settings stand in a file, which says how one is added, changed or removed.
enum class Form {
  kShell,      ///< words of a command line: --key value
  kYamlMap,    ///< an entry each: key: value
  kYamlList,   ///< items of a list, words of a command line: - --key
  kYamlNamed,  ///< items of Kubernetes' env: - {name: KEY, value: VALUE}
  kJsonList    ///< strings in brackets on one line
};

/// A stretch of a source's text, [begin, end).
struct TextExtent {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
};

/// A key of an engine with what a file says of it.
struct Setting {
  /// As rules name it: without dashes in front, '_' as '-' on command lines; keys inside of others
  /// with a dot, "compilation-config.cudagraph_mode". Short forms are the long ones.
  std::string key;
  std::optional<std::string> value;  ///< nothing: something that the file alone does not say
  std::string written;               ///< the key as it stands, "--max-num-seqs"
  Place at;                          ///< of the key
  Place value_at;                    ///< of the value; the key's where it has none of its own
  TextExtent whole{};                ///< key and value in the source; empty: not to be edited
  TextExtent value_in{};             ///< the value; empty: not to be edited
};

/// Settings of one kind that stand together.
struct Settings {
  Form form = Form::kShell;
  std::vector<Setting> all{};
  /// Where another one is put: in the source of `add_at`, after this many characters; with the
  /// indentation of its line. Nothing where there is no such place.
  std::optional<std::size_t> add_after{};
  Place add_at{};

  /// The last one of that key, which is the one that counts; null where there is none.
  [[nodiscard]] const Setting* find(std::string_view key) const;
};

/// The number that a value is, "1,024" and "1e3" are none; nothing where it is none.
std::optional<long long> number_in(const Setting& setting);

/// The number of a fraction, "0.9".
std::optional<double> fraction_in(const Setting& setting);

/// true, True, 1, yes, on; false, False, 0, no, off; nothing where it is neither.
std::optional<bool> truth_in(const Setting& setting);

/// The whole numbers of a list: "1 2 4", "[1, 2, 4]", "1,2,4". Nothing where something else stands
/// in it.
std::optional<std::vector<long long>> numbers_in(const Setting& setting);

}  // namespace wideep
