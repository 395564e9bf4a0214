#include "cli/sweep_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/command.h"
#include "input/diagnostic.h"

namespace wideep {
namespace {

/// So much is lost at most where a process is killed.
constexpr std::chrono::milliseconds kBetweenSaves{250};
/// Rows are written in parts of so many bytes.
constexpr std::size_t kPartBytes = 1U << 20U;

constexpr const char* kStateTitle = "wideep-opt sweep 1";
constexpr mode_t kRowsMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;

std::string part_of(const std::string& target) {
  return target + ".part";
}
std::string state_of(const std::string& target) {
  return target + ".state";
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t got = ::write(file, text.data(), text.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

SweepFile::SweepFile(std::string path, SweepIdentity identity, bool resume)
    : path_(std::move(path)),
      target_(writable_target(path_)),
      identity_(std::move(identity)),
      saved_(std::chrono::steady_clock::now()) {
  const std::string state = state_of(target_);
  const bool begun = is_there(part_of(target_)) && is_there(state);
  if (begun && !resume) {
    refuse(fmt::format("an unfinished sweep left {}: --resume goes on with it, or take it away",
                       part_of(path_)));
  }
  part_ = ::open(part_of(target_).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kRowsMode);
  if (part_ < 0) refuse(std::strerror(errno));
  if (::flock(part_, LOCK_EX | LOCK_NB) != 0) refuse("another sweep is writing it");
  begun ? resume_from(state) : begin();
}

SweepFile::~SweepFile() {
  if (part_ >= 0) ::close(part_);
}

void SweepFile::refuse(const std::string& reason) const {
  throw InputError(fmt::format("{}: error: cannot write the file: {}\n", path_, reason));
}

void SweepFile::resume_from(const std::string& state) {
  std::ifstream file(state);
  std::string title;
  std::string question;
  std::uint64_t points = 0;
  std::uint64_t bytes = 0;
  std::getline(file, title);
  std::getline(file, question);
  file >> points >> bytes;
  struct stat found {};
  const bool sound = file && title == kStateTitle && ::fstat(part_, &found) == 0 &&
                     bytes <= static_cast<std::uint64_t>(found.st_size) &&
                     points <= identity_.points;
  if (!sound || question != identity_.question) {
    refuse(fmt::format("{} is of another sweep, of other inputs, axes or options: take it away",
                       part_of(path_)));
  }
  if (::ftruncate(part_, static_cast<off_t>(bytes)) != 0 || ::lseek(part_, 0, SEEK_END) < 0) {
    refuse(std::strerror(errno));
  }
  points_ = points;
  bytes_ = bytes;
}

void SweepFile::begin() {
  if (::ftruncate(part_, 0) != 0) refuse(std::strerror(errno));
  write(identity_.header);
  save();
}

std::string SweepFile::last_row() const {
  if (points_ == 0) return "";
  constexpr std::uint64_t kMostBytes = 1U << 16U;  // of a row
  const std::uint64_t from = bytes_ > kMostBytes ? bytes_ - kMostBytes : 0;
  std::string tail(bytes_ - from, '\0');
  const ssize_t got = ::pread(part_, tail.data(), tail.size(), static_cast<off_t>(from));
  if (got != static_cast<ssize_t>(tail.size())) refuse("what stands in it cannot be read");
  const std::size_t end = tail.size() < 2 ? std::string::npos : tail.rfind('\n', tail.size() - 2);
  return end == std::string::npos ? tail : tail.substr(end + 1);
}

void SweepFile::refuse_other_rows() const {
  refuse(
      fmt::format("the last row of {} is not what is found today, of other files or by another "
                  "version: take it away",
                  part_of(path_)));
}

void SweepFile::write(std::string_view text) {
  if (!write_all(part_, text)) {
    const std::string reason = std::strerror(errno);
    refuse(reason + "; --resume goes on once it can be written");
  }
  bytes_ += text.size();
}

/// The part first, so that what the state speaks of is there.
void SweepFile::save() {
  write(waiting_);
  waiting_.clear();
  const std::string state = state_of(target_);
  const std::string fresh = state + ".new";
  const std::string text =
      fmt::format("{}\n{}\n{} {}\n", kStateTitle, identity_.question, points_, bytes_);
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kRowsMode);
  const bool synced = ::fdatasync(part_) == 0 || errno == EINVAL;
  const bool written = synced && file >= 0 && write_all(file, text) && ::fsync(file) == 0;
  const std::string reason = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (!written || std::rename(fresh.c_str(), state.c_str()) != 0) {
    ::unlink(fresh.c_str());
    refuse(written ? std::strerror(errno) : reason);
  }
  saved_ = std::chrono::steady_clock::now();
}

void SweepFile::take(std::uint64_t points, std::string_view text) {
  waiting_ += text;
  points_ += points;
  const bool due = std::chrono::steady_clock::now() - saved_ >= kBetweenSaves;
  if (due || waiting_.size() >= kPartBytes) save();
}

void SweepFile::finish() {
  save();
  if (std::rename(part_of(target_).c_str(), target_.c_str()) != 0) refuse(std::strerror(errno));
  ::unlink(state_of(target_).c_str());
}

bool is_complete(const std::string& path,
                 const SweepIdentity& identity,
                 std::string_view last_row) {
  const std::string target = writable_target(path);
  if (is_there(part_of(target))) return false;
  std::ifstream file(target, std::ios::binary);
  if (!file) return false;
  std::string start(identity.header.size(), '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!file || start != identity.header) return false;
  std::uint64_t lines = 0;
  std::string line;
  std::string last;
  while (std::getline(file, line)) {
    ++lines;
    last.swap(line);
  }
  return lines == identity.points && last + '\n' == last_row;
}

}  // namespace wideep
