#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// Lines longer than this are not kept: no tool prints them.
inline constexpr std::size_t kMaxLine = std::size_t{1} << 16;

/// Reads a file of any size in lines, in constant memory, and computes its SHA-256 on the way.
class LineReader {
 public:
  /// "-" reads standard input. Throws InputError when the file cannot be opened or is a directory.
  explicit LineReader(const std::string& path);
  ~LineReader();  // where Digest is complete
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  LineReader(LineReader&&) = delete;
  LineReader& operator=(LineReader&&) = delete;

  /// The first 64 KiB, before any line is taken.
  [[nodiscard]] std::string_view head() const;

  /// The next line, valid until the one after it: without its end. False at the end of the file.
  /// Of a line that is too long only `too_long` is told. Throws InputError when reading fails.
  bool next(std::string_view& line, bool& too_long);

  [[nodiscard]] double bytes() const { return bytes_; }
  /// In hexadecimal, of what was read: call it at the end.
  [[nodiscard]] std::string sha256();

 private:
  struct Digest;

  /// Closes what it opened.
  struct Descriptor {
    int number = -1;

    Descriptor() = default;
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
  };

  /// Reads on behind what is left of the buffer. False when there is nothing more.
  bool fill();
  bool end_of_file(std::string_view& line, bool& too_long);

  std::string name_;
  Descriptor descriptor_;
  std::unique_ptr<Digest> digest_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of what was not taken yet
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  ///< no line ends between `begin_` and here
  bool discarding_ = false;   ///< the current line is too long
  double bytes_ = 0.0;
};

}  // namespace wideep
