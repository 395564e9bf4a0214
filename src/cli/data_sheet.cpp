#include "cli/data_sheet.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "model/figures.h"

namespace wideep {
namespace {

/// The name of a GPU in a longer text, "GB200" in "NVIDIA GB200"; empty where it is none of these.
std::string_view gpu_in(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  // GB200 before B200, and H200 before H20, which they contain.
  for (const std::string_view name :
       {"GB200", "GB300", "B200", "B300", "H100", "H200", "H800", "H20", "A100"}) {
    if (text.find(name) != std::string::npos) return name;
  }
  return {};
}

}  // namespace

bool has_data_sheet(const BaseFabric& base) {
  return base.fabric && gpu_of(*base.fabric);
}

std::string gpu_name(const BaseFabric& base) {
  return base.fabric->gpu->name.empty() ? "the base" : base.fabric->gpu->name;
}

std::string other_gpu(const std::string& measured, const std::string& given) {
  const std::string_view one = gpu_in(measured);
  const std::string_view other = gpu_in(given);
  if (one.empty() || other.empty() || one == other) return "";
  return fmt::format("{} was measured, and the base's GPU is {}", one, given);
}

}  // namespace wideep
