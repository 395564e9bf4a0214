#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/deployment.h"

namespace wideep {

/// Something to write differently in a role's settings.
struct Change {
  enum class What { kSetFlag, kRemoveFlag, kSetVariable, kRemoveVariable };
  What what = What::kSetFlag;
  std::string key;      ///< as Setting::key
  std::string value{};  ///< empty: a flag that takes none

  friend bool operator==(const Change&, const Change&) = default;
};

Change set_flag(std::string_view key, std::string_view value = {});
Change set_flag(std::string_view key, long long value);
Change remove_flag(std::string_view key);
Change set_variable(std::string_view key, std::string_view value);
Change set_variable(std::string_view key, long long value);
Change remove_variable(std::string_view key);

/// What flags set as presets/engines write them: "--moe-a2a-backend deepep --deepep-mode normal",
/// "TRTLLM_FORCE_COMM_METHOD=DEEPEP", "moe_config.backend=MEGAMOE_DEEPGEMM", "--enable-dbo".
std::vector<Change> changes_in(std::string_view flags);

/// A stretch of a source to be replaced.
struct TextEdit {
  const Source* source = nullptr;
  TextExtent where;
  std::string text;
};

/// Changes as a person writes them where the role's settings stand, with commas between:
/// "--max-num-seqs 64", "max-num-seqs: 64", "remove --enable-dbo", "export NVSHMEM_QP_DEPTH=1024".
/// A JSON object of which a key changes is written whole, so that it can take the place of that in
/// the file.
std::string lines_of(const std::vector<Change>& changes, const DeployedRole& role);

/// What a change edits; nothing where it cannot be written without knowing more than the file says.
std::optional<TextEdit> edit_of(const Change& change, const DeployedRole& role);

/// A source with edits made, the first of two that overlap.
std::string edited(const Source& source, std::vector<TextEdit> edits);

/// The lines that differ between two texts of one file as a unified diff, "--- a/NAME", with three
/// lines around each; empty where none do.
std::string unified_diff(const std::string& name,
                         const std::string& before,
                         const std::string& after);

}  // namespace wideep
