#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace wideep {

/// What a file of a sweep's rows is to hold: what tells it from that of another question.
struct SweepIdentity {
  std::string question;      ///< in a line: inputs, axes, format, columns, version
  std::uint64_t points = 0;  ///< of this file
  std::string header;        ///< before the first of them; may be empty
};

/// A file that a sweep fills part by part: FILE.part beside it, which becomes FILE at the end, and
/// FILE.state, which says how much of FILE.part is whole and is replaced at once. A process that is
/// killed at any moment can be gone on with, and nothing half done is ever called FILE. All throw
/// InputError where a file cannot be written.
class SweepFile {
 public:
  /// Begins FILE.part, or goes on with it where `resume` is asked for and it is there. Refuses one
  /// that another question has begun, that another process writes, or that was begun where `resume`
  /// is not asked for.
  SweepFile(std::string path, SweepIdentity identity, bool resume);
  ~SweepFile();
  SweepFile(const SweepFile&) = delete;
  SweepFile& operator=(const SweepFile&) = delete;
  SweepFile(SweepFile&&) = delete;
  SweepFile& operator=(SweepFile&&) = delete;

  /// Points whose rows stand in it.
  [[nodiscard]] std::uint64_t done() const { return points_; }

  /// The last row that stands in it, to be held against the same one computed anew; empty where
  /// there is none.
  [[nodiscard]] std::string last_row() const;

  /// Refuses to go on, since what stands in it is not what this program finds today.
  [[noreturn]] void refuse_other_rows() const;

  void take(std::uint64_t points, std::string_view text);

  /// Makes it FILE.
  void finish();

 private:
  [[noreturn]] void refuse(const std::string& reason) const;
  void resume_from(const std::string& state);
  void begin();
  void write(std::string_view text);
  void save();

  std::string path_;  ///< as given, for messages
  std::string target_;
  SweepIdentity identity_;
  int part_ = -1;  ///< descriptor
  std::uint64_t points_ = 0;
  std::uint64_t bytes_ = 0;
  std::string waiting_;  ///< rows that are not written yet
  std::chrono::steady_clock::time_point saved_;
};

/// Whether FILE is there already and whole: all its points, and its last row.
bool is_complete(const std::string& path, const SweepIdentity& identity, std::string_view last_row);

}  // namespace wideep
