#include "input/given_texts.h"

#include <utility>

namespace wideep {
namespace {

const std::map<std::string, std::string>*& in_force() {
  thread_local const std::map<std::string, std::string>* texts = nullptr;
  return texts;
}

}  // namespace

GivenTexts::GivenTexts(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {
  in_force() = &texts_;
}

GivenTexts::~GivenTexts() {
  in_force() = nullptr;
}

const std::string* given_text(const std::string& name) {
  if (in_force() == nullptr) return nullptr;
  const auto found = in_force()->find(name);
  return found == in_force()->end() ? nullptr : &found->second;
}

}  // namespace wideep
