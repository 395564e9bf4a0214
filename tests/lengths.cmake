cmake_minimum_required(VERSION 3.25)
# No file of src/ and no expected output of a golden case is longer than what a reader takes in.
# Run in the folder that holds src/ and tests/.
set(golden_limit 200)
if(NOT DEFINED src_limit)
  set(src_limit 300)
endif()
# Over the limit since before there was one. Nothing is ever added here: such a file is split.
set(exempt
  src/fit/attention_fit.cpp
  src/fit/expert_fit.cpp
  src/logs/collect.cpp
  src/logs/deepep_low_latency.cpp
  src/logs/scan.cpp)

set(faults)
function(check limit)
  foreach(file IN LISTS ARGN)
    file(READ ${file} text)
    string(REGEX REPLACE "[^\n]" "" lines "${text}")
    string(LENGTH "${lines}" count)
    if(count GREATER limit AND NOT file IN_LIST exempt)
      list(APPEND faults "${file} has ${count} lines, more than ${limit}")
    elseif(count LESS_EQUAL limit AND file IN_LIST exempt)
      list(APPEND faults "${file} is short enough now: take it off the list in tests/lengths.cmake")
    endif()
  endforeach()
  set(faults "${faults}" PARENT_SCOPE)
endfunction()

set(here ${CMAKE_CURRENT_BINARY_DIR})  # of a script, the folder that it runs in
file(GLOB_RECURSE sources RELATIVE ${here} src/*.cpp src/*.h)
if(NOT sources)
  message(FATAL_ERROR "no src/ in ${here}")
endif()
file(GLOB_RECURSE golden RELATIVE ${here} tests/golden/*.out)
check(${src_limit} ${sources})
check(${golden_limit} ${golden})
if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "\n  ${text}")
endif()
