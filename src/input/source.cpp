#include "input/source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>

#include "input/diagnostic.h"
#include "input/given_texts.h"

namespace wideep {
namespace {

namespace fs = std::filesystem;

/// No input file of ours comes near this.
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
/// A model's config.json may name every module that is not quantized, some 40 bytes each.
constexpr std::size_t kMaxJsonBytes = std::size_t{4} << 20;
constexpr std::size_t kBlock = std::size_t{1} << 16;

InputFault unreadable(const std::string& name, const std::string& reason) {
  return {.rule = "unreadable_file", .file = name, .message = reason};
}

InputFault unreadable(const std::string& name, int error) {
  if (error == EISDIR) return unreadable(name, "this is a directory, not a file");
  return unreadable(name, fmt::format("cannot read the file: {}", std::strerror(error)));
}

/// Closes what it opened.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = -1;
};

/// Not by a stream: that takes a failed read for the end of the file.
std::optional<std::string> read_all(int descriptor, const std::string& name, Findings& findings) {
  const std::size_t most = name.ends_with(".json") ? kMaxJsonBytes : kMaxBytes;
  std::string text;
  std::string block(kBlock, '\0');
  while (true) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) return text;
    if (got < 0) {
      findings.report(unreadable(name, errno));
      return std::nullopt;
    }
    text.append(block, 0, static_cast<std::size_t>(got));
    if (text.size() > most) {
      findings.report(unreadable(name, fmt::format("the file is larger than {} bytes", most)));
      return std::nullopt;
    }
  }
}

std::optional<std::string> read_file(const std::string& path, Findings& findings) {
  const Descriptor file(path);
  if (file.number() >= 0) return read_all(file.number(), path, findings);
  findings.report(unreadable(path, errno));
  return std::nullopt;
}

fs::path path_of_folder(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// Whether a path lies in or below a folder, links resolved.
bool lies_below(const fs::path& path, const fs::path& folder) {
  std::error_code error;
  const fs::path top = fs::canonical(folder, error);
  if (error) return false;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return false;
  return std::mismatch(top.begin(), top.end(), whole.begin(), whole.end()).first == top.end();
}

bool is_allowed(const std::string& path, const std::string& root, Findings& findings) {
  if (root.empty() || lies_below(path, root)) return true;
  findings.report(InputFault{
      .rule = "outside_root",
      .file = path,
      .message = fmt::format("the file lies outside the folder {}, links resolved", root),
      .fix = "move it there, or give check --root DIR with a folder that holds both"});
  return false;
}

}  // namespace

bool names_file(const std::string& value) {
  return value.find('/') != std::string::npos || value.ends_with(".yaml") ||
         value.ends_with(".yml") || value.ends_with(".json");
}

bool is_there(const std::string& path) {
  if (given_text(path) != nullptr) return true;
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::optional<Source> read_source(const std::string& path,
                                  Findings& findings,
                                  const std::string& root) {
  if (const std::string* const given = given_text(path)) {
    return Source{.name = path, .text = *given, .root = root};
  }
  if (path == "-") {
    // It is there once, and a command that writes a page beside its answer reads its input twice.
    static std::optional<std::string> text;
    if (!text) text = read_all(STDIN_FILENO, "<stdin>", findings);
    if (!text) return std::nullopt;
    return Source{.name = "<stdin>", .text = *text, .root = root};
  }
  // A pipe, as of `check <(make_input)`, lies nowhere, and what /dev/stdin is was opened before.
  std::error_code ignored;
  const bool opened = path.starts_with("/dev/");
  const bool held = !opened && fs::is_regular_file(path, ignored);
  if (held && !is_allowed(path, root, findings)) return std::nullopt;
  auto text = read_file(path, findings);
  if (!text) return std::nullopt;
  return Source{.name = path, .text = std::move(*text), .root = root};
}

Source need_source(const std::string& path) {
  Findings findings;
  auto source = read_source(path, findings);
  findings.throw_if_any();
  return std::move(*source);
}

bool lies_beside(const Source& file, const std::string& name) {
  std::error_code ignored;
  return fs::exists(path_of_folder(file.name) / name, ignored);
}

std::optional<std::string> head_beside(const Source& file,
                                       const std::string& name,
                                       std::size_t bytes) {
  const fs::path path = path_of_folder(file.name) / name;
  std::error_code ignored;
  const bool there = fs::is_regular_file(path, ignored);
  if (!there || (!file.root.empty() && !lies_below(path, file.root))) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::string head(bytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(bytes));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  return head;
}

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() || path == "-" ? "." : folder;
}

std::optional<Source> read_named_source(const Source& naming_file,
                                        const std::string& path,
                                        Findings& findings) {
  // An absolute path replaces the folder.
  const std::string whole = (fs::path(naming_file.name).parent_path() / path).string();
  if (!is_allowed(whole, naming_file.root, findings)) return std::nullopt;
  std::error_code ignored;
  const fs::file_type kind = fs::status(whole, ignored).type();
  if (kind == fs::file_type::directory) {
    findings.report(unreadable(whole, EISDIR));
    return std::nullopt;
  }
  // A pipe or a terminal would be waited for.
  if (kind != fs::file_type::regular && fs::exists(whole, ignored)) {
    findings.report(unreadable(whole, "it is no regular file"));
    return std::nullopt;
  }
  auto text = read_file(whole, findings);
  if (!text) return std::nullopt;
  return Source{.name = whole,
                .text = std::move(*text),
                .shown = lies_below(whole, path_of_folder(naming_file.name)),
                .root = naming_file.root};
}

}  // namespace wideep
