#include "units/fail.h"

#include <stdexcept>

namespace wideep {

void fail(const char* what) {
  throw std::logic_error(what);
}

}  // namespace wideep
