#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/setting.h"
#include "deploy/shell_text.h"

namespace wideep {

/// What a variable of a script holds.
struct ShellVariable {
  std::vector<ShellText> values{};  ///< one, or the elements of an array
  bool is_array = false;
  bool exported = false;
  Place at{};          ///< of its name, where it was set last
  TextExtent whole{};  ///< what sets it; empty: not to be edited
  std::string written{};

  /// Its text where it is one; null for an array.
  [[nodiscard]] const ShellText* text() const;
};

/// A variable set to something that is not known.
ShellVariable unknown_variable();

/// The variables of a script at one of its commands. Where it branches, what its branches set
/// differently is unknown behind them, from where it differs.
class ShellVariables {
 public:
  /// Null where a script does not set it.
  [[nodiscard]] const ShellVariable* find(std::string_view name) const;

  void set(const std::string& name, ShellVariable value);

  /// Adds to the text or the array that is there.
  void append(const std::string& name, ShellVariable more);
  void unset(const std::string& name);
  void export_name(const std::string& name);

  /// What a loop may have done before: the value with something unknown behind it, where it is
  /// only appended to, else something unknown.
  void blur(const std::string& name, bool appended);

  // A fork opens with its first branch.
  void open_fork();
  void next_branch();
  /// `complete`: one of its branches is always taken. `in_branch`: the last of them has begun.
  void close_fork(bool complete, bool in_branch = true);
  /// Nothing of it holds afterwards: a subshell.
  void discard_fork();

  /// Those of them that commands inherit, by name.
  [[nodiscard]] std::vector<std::pair<std::string, const ShellVariable*>> exported() const;

  /// The variables of a script that this one starts: those. Both spend of the same. `same_source`:
  /// where they stand in the source of this one has a meaning in that one.
  ShellVariables inherited(bool same_source);

  /// Whether so many bytes may still be put together, counting them. A short script can expand to
  /// any length.
  bool spend(std::size_t bytes);
  void spend_all() { *left_ = 0; }
  [[nodiscard]] bool spent() const { return *left_ == 0; }

 private:
  using Value = std::shared_ptr<ShellVariable>;
  struct Outcome {
    Value value;
    std::size_t branches = 0;  ///< that set it
  };
  struct Fork {
    std::map<std::string, Value, std::less<>> before;  ///< of what the present branch has changed
    std::map<std::string, Outcome, std::less<>> outcomes;
    std::size_t branches = 0;
  };

  void put(const std::string& name, Value value);
  Value either_of(const Value& one, const Value& other);
  void end_branch();

  std::map<std::string, Value, std::less<>> now_;
  std::vector<Fork> forks_;
  static constexpr std::size_t kMostBytes = 16U << 20U;
  std::shared_ptr<std::size_t> left_ = std::make_shared<std::size_t>(kMostBytes);
};

/// A variable as the environment of a command has it.
Setting setting_of(const std::string& name, const ShellVariable& variable, const EmbeddedText& in);

}  // namespace wideep
