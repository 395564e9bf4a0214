cmake_minimum_required(VERSION 3.25)
# From logs to thresholds: runs the commands of the walk-through in docs/measuring.md one after the
# other, in the current directory, and compares what each prints with what the page shows. A block
# after a comment "run" stands below its command and shows lines of its output.
file(REMOVE_RECURSE ${CMAKE_CURRENT_SOURCE_DIR}/walk)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/walk)
file(COPY ${SOURCE_DIR}/configs DESTINATION ${CMAKE_CURRENT_SOURCE_DIR}/walk)
set(ENV{SOURCE_DATE_EPOCH} 1795478400)  # 2026-11-24

file(READ ${SOURCE_DIR}/docs/measuring.md page)
string(REPLACE ";" "<semicolon>" page "${page}")
string(REGEX MATCHALL "<!-- run -->\n```\nwideep-opt [^\n]*\n```\n(\n```\n[^`]*```\n)?" runs "${page}")
list(LENGTH runs count)
if(count LESS 4)
  message(FATAL_ERROR "docs/measuring.md shows ${count} commands, not the whole way")
endif()
foreach(run IN LISTS runs)
  string(REGEX REPLACE "^<!-- run -->\n```\nwideep-opt ([^\n]*)\n.*" "\\1" command "${run}")
  separate_arguments(arguments UNIX_COMMAND "${command}")
  execute_process(COMMAND ${EXE} ${arguments} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/walk
    RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "'${command}' ended with ${code}\n${err}")
  endif()
  if(NOT run MATCHES "\n```\n\n```\n")
    continue()
  endif()
  string(REGEX REPLACE ".*\n```\n\n```\n([^`]*)```\n$" "\\1" shown "${run}")
  string(REPLACE ";" "<semicolon>" out "${out}")
  string(FIND "${out}" "${shown}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "'${command}' prints\n${out}\nand not what docs/measuring.md shows")
  endif()
endforeach()

# What was measured bounds what is taken on trust.
file(READ ${CMAKE_CURRENT_SOURCE_DIR}/walk/comm.yaml calibration)
string(FIND "${calibration}" "tokens: [32, 4096], sms: [12, 24]}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "the calibration does not say on which SMs HT was measured\n${calibration}")
endif()

# What a fused kernel was measured with, and what no longer holds of it.
file(READ ${CMAKE_CURRENT_SOURCE_DIR}/walk/fused.yaml calibration)
foreach(line IN ITEMS "    launch: 60.364us\n    launch_per_rank: 0.48982us\n"
    "    fitted: {ep_width: [4, 32], tokens: [1, 16384], weight_dtype: mxfp4}\n")
  string(FIND "${calibration}" "${line}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "the calibration of the fused kernel lacks '${line}'\n${calibration}")
  endif()
endforeach()
