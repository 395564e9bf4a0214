cmake_minimum_required(VERSION 3.25)
# What people read fits 80 columns: the reports and the help, of every golden case.
file(GLOB cases golden/optimize/*.out golden/explain/*.out golden/compare/*.out golden/timeline/*ascii.out
  golden/timeline/help.out golden/pareto/front.out golden/pareto/layouts.out golden/presets/list.out
  golden/sweep/*.out golden/cli/*.out golden/fit/*.out)
set(faults)
foreach(case IN LISTS cases)
  file(READ ${case} text)
  string(REPLACE ";" "," text "${text}")  # would split the list of lines
  string(REPLACE "\n" ";" lines "${text}")
  foreach(line IN LISTS lines)
    if(line MATCHES "^--- stderr")
      break()  # messages quote the user's own lines
    endif()
    string(LENGTH "${line}" length)
    if(length GREATER 80 AND NOT case MATCHES "json")
      list(APPEND faults "${case}: ${line}")
    elseif(line MATCHES " $")
      list(APPEND faults "${case}: trailing blank: ${line}")
    endif()
  endforeach()
endforeach()
if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "\n  ${text}")
endif()
