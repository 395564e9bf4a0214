#pragma once

#include <string>

#include "deploy/change.h"

namespace wideep {

// How changes are spelled, for what writes them into a file and for what tells of them.

bool is_set(const Change& change);
bool is_flag(const Change& change);

/// The settings among which the change is made.
const Settings& settings_of(const Change& change, const DeployedRole& role);

/// A value as YAML has it, in double quotes where it must be text.
std::string in_yaml(const std::string& value, bool always_text);

/// A value as JSON has it.
std::string in_json(const std::string& value);

/// What sets something in a YAML map: "max-num-seqs: 64".
std::string map_entry(const Change& change, const DeployedRole& role);

/// What sets something on a command line: "--max-num-seqs 64", "NVSHMEM_QP_DEPTH=1024".
std::string shell_words(const Change& change, const DeployedRole& role);

}  // namespace wideep
