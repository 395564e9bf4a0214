#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/command.h"
#include "input/diagnostic.h"

namespace wideep {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw InputError(fmt::format("{}: error: cannot write the file: {}\n", path, reason));
}

/// What a path names once links are followed, those too that name nothing yet.
fs::path followed(const std::string& path) {
  constexpr int kMostLinks = 40;  // as Linux allows
  fs::path target = path;
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code error;
    const fs::path next = fs::read_symlink(target, error);
    if (error) return target;
    target = target.parent_path() / next;  // an absolute one replaces it
  }
  refuse(path, std::strerror(ELOOP));
}

constexpr mode_t kReadWrite = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;

/// What a new file may be: there is no way to ask for the mask without setting it.
mode_t new_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return kReadWrite & ~mask;
}

/// A file of a name that nothing else has, in the folder of the one that it shall become. Taken
/// away again unless it has become that.
class Unfinished {
 public:
  explicit Unfinished(const fs::path& target) : name_(target.string() + ".XXXXXX") {
    descriptor_ = ::mkstemp(name_.data());
  }
  ~Unfinished() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!finished_) ::unlink(name_.c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  Unfinished(Unfinished&&) = delete;
  Unfinished& operator=(Unfinished&&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  /// The mode of the file that it replaces, and its owner where that can be had.
  [[nodiscard]] bool take_over(const struct stat* replaced) const {
    if (replaced == nullptr) return ::fchmod(descriptor_, new_file_mode()) == 0;
    const bool owned = ::fchown(descriptor_, replaced->st_uid, replaced->st_gid) == 0;
    constexpr mode_t kPermissions = 07777;
    constexpr mode_t kOfOwner = S_ISUID | S_ISGID;
    const mode_t mode = replaced->st_mode & kPermissions;
    return ::fchmod(descriptor_, owned ? mode : mode & ~kOfOwner) == 0;
  }

  [[nodiscard]] bool write(const std::string& text) const {
    std::size_t written = 0;
    while (written < text.size()) {
      const ssize_t got = ::write(descriptor_, text.data() + written, text.size() - written);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      written += static_cast<std::size_t>(got);
    }
    return ::fsync(descriptor_) == 0 || errno == EINVAL;
  }

  [[nodiscard]] bool become(const fs::path& target) {
    finished_ = std::rename(name_.c_str(), target.c_str()) == 0;
    return finished_;
  }

 private:
  std::string name_;
  int descriptor_ = -1;
  bool finished_ = false;
};

/// writable_target(), with what is there; `exists` whether something is.
fs::path checked_target(const std::string& path, struct stat& found, bool& exists) {
  if (path.empty()) refuse(path, "its name is empty");
  if (path == "-") refuse(path, "give a file's name; the report goes to standard output");
  fs::path target = followed(path);
  exists = ::stat(target.c_str(), &found) == 0;
  if (!exists && errno != ENOENT) refuse(path, std::strerror(errno));
  if (exists && !S_ISREG(found.st_mode)) refuse(path, "it is no regular file");
  // Root may write what nobody may; whoever took the permission away meant root too.
  constexpr mode_t kAnyWrites = S_IWUSR | S_IWGRP | S_IWOTH;
  const bool writable = (found.st_mode & kAnyWrites) != 0 && ::access(target.c_str(), W_OK) == 0;
  if (exists && !writable) refuse(path, "it is read-only");
  return target;
}

}  // namespace

std::string writable_target(const std::string& path) {
  struct stat found {};
  bool exists = false;
  return checked_target(path, found, exists);
}

void write_file(const std::string& path, const std::string& text) {
  struct stat found {};
  bool exists = false;
  const fs::path target = checked_target(path, found, exists);
  Unfinished file(target);
  if (!file.is_open()) refuse(path, std::strerror(errno));
  const bool done =
      file.take_over(exists ? &found : nullptr) && file.write(text) && file.become(target);
  if (!done) refuse(path, std::strerror(errno));
}

}  // namespace wideep
