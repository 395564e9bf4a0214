#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace wideep::rules_page {

/// Rules that stand under one heading.
struct Topic {
  std::string_view title;
  std::span<const DeploymentRule> rules;
};

/// Topics of one engine, or of what several share.
struct Chapter {
  std::string_view title;
  std::string_view about;  ///< of which roles its rules are asked
  std::vector<Topic> topics;
};

/// In the order of the page.
std::vector<Chapter> chapters();

}  // namespace wideep::rules_page
