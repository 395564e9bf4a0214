# Compiles sources in few pieces, since most of the time goes into the headers that they share.
# Names of one room are therefore met in one place: what two of its files call the same is an error.
option(WIDEEP_UNIFIED "Compile each room in a few pieces: faster from nothing, slower for one file" ON)
set(most_in_a_piece 24)

# unify(wideep_model): the target's sources by the folder they are in. The clang static analyzer looks
# into sources that another includes where that one's name has UnifiedSource in it.
function(unify target)
  if(NOT WIDEEP_UNIFIED)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET folder FILENAME room)
    math(EXPR count_${room} "0${count_${room}} + 1")
    math(EXPR piece "(${count_${room}} - 1) / ${most_in_a_piece} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "UnifiedSource_${room}${piece}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
