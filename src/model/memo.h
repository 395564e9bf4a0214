#pragma once

#include <cstddef>
#include <map>

namespace wideep {

/// What a pure function that takes milliseconds said before, for as many arguments as a question
/// has; a full one forgets everything. Not for several threads.
template <class Key, class Value, std::size_t kMost = 4'096>
class Memo {
 public:
  template <class Compute>
  Value get(const Key& key, const Compute& compute) {
    const auto known = values_.find(key);
    if (known != values_.end()) return known->second;
    if (values_.size() == kMost) values_.clear();
    return values_.emplace(key, compute()).first->second;
  }

 private:
  std::map<Key, Value> values_;
};

}  // namespace wideep
