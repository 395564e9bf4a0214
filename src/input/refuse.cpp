#include "input/diagnostic.h"

namespace wideep {

void refuse(const InputError& error) {
  throw error;
}

}  // namespace wideep
