#pragma once

#include <string_view>

namespace wideep {

/// EP width that a comment, a heading or a command states ("# EP=16", "EP16", "ep_size=16",
/// "--ep-size 16"; a WORLD_SIZE of nodes times --num-processes), or any line as ep_size=. 0:
/// nothing, or several.
int stated_ep_width(std::string_view line);

/// EP width in a file's name: "ll_ep16.log". 0: none, or several.
int ep_width_of_name(std::string_view file_name);

}  // namespace wideep
