#include "page/template.h"

namespace wideep {

std::string_view page_template() {
  return {};
}

}  // namespace wideep
