#pragma once

#include <map>
#include <string>

namespace wideep {

/// Texts that this thread reads in place of files of these names, "<workload>", as long as it
/// lives; for programs that have their input in memory. One at a time in a thread.
class GivenTexts {
 public:
  explicit GivenTexts(std::map<std::string, std::string> texts);
  ~GivenTexts();
  GivenTexts(const GivenTexts&) = delete;
  GivenTexts& operator=(const GivenTexts&) = delete;
  GivenTexts(GivenTexts&&) = delete;
  GivenTexts& operator=(GivenTexts&&) = delete;

 private:
  std::map<std::string, std::string> texts_;
};

/// What is given under that name; null: nothing.
const std::string* given_text(const std::string& name);

}  // namespace wideep
