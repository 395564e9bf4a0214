#pragma once

#include <string>
#include <string_view>

namespace wideep {

/// What the page asks, a text of JSON, and the answer, which is one too. docs/page.md#asks
std::string ask(std::string_view request);

}  // namespace wideep
