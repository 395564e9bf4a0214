#pragma once

#include <string>

namespace wideep::rules_page {

/// docs/rules.md. Throws where a rule stands under no heading, or under two.
std::string page();

}  // namespace wideep::rules_page
