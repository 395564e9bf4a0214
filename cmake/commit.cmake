# Writes OUTPUT, a header with the commit of SOURCE_DIR, where that has changed. Without git, as in a
# release's sources, what the file `commit` there says.
execute_process(COMMAND git -C ${SOURCE_DIR} rev-parse --short=12 HEAD
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
  if(EXISTS ${SOURCE_DIR}/commit)
    file(STRINGS ${SOURCE_DIR}/commit commit LIMIT_COUNT 1)
  endif()
endif()
set(text "#define WIDEEP_COMMIT \"${commit}\"\n")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT "${before}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
