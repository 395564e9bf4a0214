#include "logs/line_kinds.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include <fmt/format.h>

#include "logs/scan.h"

namespace wideep {
namespace {}  // namespace

bool tells_failure(std::string_view line) {
  static constexpr std::array kSure{Marker("Traceback (most recent call last)"),
                                    Marker("Segmentation fault"),
                                    Marker("Killed"),
                                    Marker("RuntimeError"),
                                    Marker("CUDA error"),
                                    Marker("srun: error")};
  static constexpr Marker kExitCode("xit code");
  static constexpr Marker kNvshmem("NVSHMEM");
  static constexpr Marker kNccl("NCCL ");
  for (const Marker& marker : kSure) {
    if (marker.in(line)) return true;
  }
  if (const std::size_t at = kExitCode.find(line); at != kNowhere) {
    const std::string_view code = line.substr(at + kExitCode.size());
    const std::size_t digit = code.find_first_not_of(": ");
    return digit == kNowhere || code[digit] != '0';
  }
  if (kNvshmem.in(line)) {
    return line.find("error") != kNowhere || line.find("abort") != kNowhere;
  }
  const std::size_t nccl = kNccl.find(line);
  if (nccl == kNowhere) return false;
  const std::string_view rest = line.substr(nccl + kNccl.size());
  return rest.starts_with("error") || rest.starts_with("failure");
}

bool is_noise(std::string_view line) {
  static constexpr Marker kInfo("NCCL INFO");
  static constexpr std::array kOurs{
      Marker("GB/s"), Marker("[config]"), Marker(".py"), Marker("balancedness")};
  if (!kInfo.in(line)) return false;
  return std::none_of(
      kOurs.begin(), kOurs.end(), [line](const Marker& marker) { return marker.in(line); });
}

std::string no_text(std::string_view head) {
  struct Magic {
    std::string_view bytes;
    std::string_view why;
  };
  using std::string_view_literals::operator""sv;
  constexpr std::array kMagics{Magic{"\x1f\x8b"sv, "is compressed: gunzip it first"},
                               Magic{"\x28\xb5\x2f\xfd"sv, "is compressed: unzstd it first"},
                               Magic{"\xfd\x37zXZ"sv, "is compressed: unxz it first"},
                               Magic{"PK\x03\x04"sv, "is an archive: unzip it first"},
                               Magic{"\xff\xfe"sv, "is UTF-16: save it as UTF-8"},
                               Magic{"\xfe\xff"sv, "is UTF-16: save it as UTF-8"}};
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes)) return fmt::format("the file {}", magic.why);
  }
  constexpr double kFewControls = 0.1;
  constexpr std::string_view kTextControls = "\t\n\r\f\v\b\x1b";
  const auto controls = std::count_if(head.begin(), head.end(), [&](char c) {
    return std::iscntrl(static_cast<unsigned char>(c)) != 0 && kTextControls.find(c) == kNowhere;
  });
  const bool binary =
      std::memchr(head.data(), '\0', head.size()) != nullptr ||
      static_cast<double>(controls) > kFewControls * static_cast<double>(head.size());
  return binary ? "the file is binary, not a log" : "";
}

}  // namespace wideep
