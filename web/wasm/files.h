#pragma once

#include <map>
#include <string>

namespace wideep {

/// The files that a page has with it, by the names that its workload has for them.
std::map<std::string, std::string>& page_files();

}  // namespace wideep
