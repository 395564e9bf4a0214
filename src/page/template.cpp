#include "page/template.h"

// The file that web/ builds, as it is.
asm(".section .rodata\n"
    ".global wideep_page_begin\n"
    ".global wideep_page_end\n"
    "wideep_page_begin:\n"
    ".incbin \"" WIDEEP_PAGE_FILE
    "\"\n"
    "wideep_page_end:\n"
    ".previous\n");

extern "C" const char wideep_page_begin;
extern "C" const char wideep_page_end;

namespace wideep {

std::string_view page_template() {
  return {&wideep_page_begin, static_cast<std::size_t>(&wideep_page_end - &wideep_page_begin)};
}

}  // namespace wideep
