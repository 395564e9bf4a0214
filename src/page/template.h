#pragma once

#include <string_view>

namespace wideep {

/// The page with a place for its scenario; empty where the program was built without it.
std::string_view page_template();

}  // namespace wideep
