#include "logs/line_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <nettle/sha2.h>

#include "input/diagnostic.h"

namespace wideep {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;

}  // namespace

struct LineReader::Digest {
  sha256_ctx context{};

  Digest() { sha256_init(&context); }
};

LineReader::LineReader(const std::string& path)
    : name_(path == "-" ? "<stdin>" : path),
      digest_(std::make_unique<Digest>()),
      buffer_(kBlock + kMaxLine) {
  std::error_code ignored;
  if (path == "-") {
    descriptor_.number = STDIN_FILENO;
  } else if (std::filesystem::is_directory(path, ignored)) {
    throw InputError(fmt::format("{}: error: this is a directory, not a file\n", name_));
  } else {
    descriptor_.number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  if (descriptor_.number < 0) {
    throw InputError(
        fmt::format("{}: error: cannot read the file: {}\n", name_, std::strerror(errno)));
  }
  while (end_ < kMaxLine && fill()) {
  }
}

LineReader::~LineReader() = default;

LineReader::Descriptor::~Descriptor() {
  if (number >= 0 && number != STDIN_FILENO) ::close(number);
}

std::string_view LineReader::head() const {
  return {buffer_.data(), std::min(end_, kMaxLine)};
}

bool LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    searched_ -= begin_;
    begin_ = 0;
  }
  ssize_t got = 0;
  do {
    got =
        ::read(descriptor_.number, buffer_.data() + end_, std::min(kBlock, buffer_.size() - end_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    throw InputError(
        fmt::format("{}: error: cannot read the file: {}\n", name_, std::strerror(errno)));
  }
  const auto length = static_cast<std::size_t>(got);
  // What nettle takes for bytes are bytes.
  sha256_update(
      &digest_->context, length, reinterpret_cast<const std::uint8_t*>(buffer_.data() + end_));
  end_ += length;
  bytes_ += static_cast<double>(length);
  return length > 0;
}

bool LineReader::next(std::string_view& line, bool& too_long) {
  while (true) {
    const auto* const found =
        static_cast<const char*>(std::memchr(buffer_.data() + searched_, '\n', end_ - searched_));
    if (found != nullptr) {
      const auto at = static_cast<std::size_t>(found - buffer_.data());
      too_long = discarding_ || at - begin_ > kMaxLine;
      line = too_long ? std::string_view() : std::string_view(buffer_.data() + begin_, at - begin_);
      begin_ = searched_ = at + 1;
      discarding_ = false;
      return true;
    }
    if (end_ - begin_ > kMaxLine) {
      discarding_ = true;
      begin_ = end_;
    }
    searched_ = end_;
    if (!fill()) return end_of_file(line, too_long);
  }
}

bool LineReader::end_of_file(std::string_view& line, bool& too_long) {
  if (begin_ == end_ && !discarding_) return false;
  too_long = discarding_;
  line = too_long ? std::string_view() : std::string_view(buffer_.data() + begin_, end_ - begin_);
  begin_ = searched_ = end_;
  discarding_ = false;
  return true;
}

std::string LineReader::sha256() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&digest_->context, digest.size(), digest.data());
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace wideep
