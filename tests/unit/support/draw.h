#pragma once

#include <random>

namespace wideep {

/// Random numbers from a seed, for what a test draws of its own.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

 private:
  std::mt19937 random_;
};

}  // namespace wideep
