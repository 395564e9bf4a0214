cmake_minimum_required(VERSION 3.25)
# What is written, and what happens where it cannot be. EXE: the program, SOURCE_DIR: the project.
# Runs in a scratch directory of its own.
set(case -w ${SOURCE_DIR}/configs/deepseek-v3-decode-h100-ib400.yaml --ep 64 --kernel LL --overlap none)

function(expect what)
  if(NOT (${ARGN}))
    message(FATAL_ERROR "does not hold: ${what}")
  endif()
endfunction()

function(shell expected script)
  execute_process(COMMAND sh -c "${script}" sh ${EXE} ${ARGN}
    RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  expect("exit ${expected}, not ${code}, of: ${script}: ${err}" code STREQUAL "${expected}")
  set(err "${err}" PARENT_SCOPE)
endfunction()

# Standard output that takes nothing is an internal error, whatever was to be printed.
if(EXISTS /dev/full)
  foreach(arguments IN ITEMS --help "explain --help" --version "presets list"
      "presets show h100-sxm" "check --json '${SOURCE_DIR}/configs/deepseek-v3-decode-h100-ib400.yaml'"
      "optimize -w '${SOURCE_DIR}/configs/deepseek-v3-decode-h100-ib400.yaml'")
    shell(1 "\"$1\" ${arguments} > /dev/full")
    expect("the reason is said" err MATCHES "cannot write the result: No space left")
    shell(1 "\"$1\" ${arguments} >&-")
  endforeach()
endif()

file(REMOVE_RECURSE scratch)
file(MAKE_DIRECTORY scratch)
function(timeline expected file)
  shell(${expected} "exe=$1; shift; \"$exe\" timeline \"$@\"" ${case} --out ${file})
  set(err "${err}" PARENT_SCOPE)
endfunction()
function(expect_trace file)
  file(READ ${file} text)
  expect("${file} holds a trace" text MATCHES "traceEvents")
endfunction()
function(expect_files)
  file(GLOB found RELATIVE ${CMAKE_CURRENT_BINARY_DIR}/scratch ${CMAKE_CURRENT_BINARY_DIR}/scratch/*)
  expect("the files are ${ARGN}, not ${found}" found STREQUAL "${ARGN}")
endfunction()

# A new file is what the mask leaves of rw-rw-rw-, a replaced one keeps its mode.
shell(0 "umask 027; exe=$1; shift; \"$exe\" timeline \"$@\"; test $(stat -c %a scratch/new.json) = 640"
  ${case} --out scratch/new.json)
expect_trace(scratch/new.json)
shell(0 "chmod 604 scratch/new.json; exe=$1; shift; \"$exe\" timeline \"$@\"
  test $(stat -c %a scratch/new.json) = 604" ${case} --out scratch/new.json)
expect_files(new.json)

# Nothing beside it is touched.
file(WRITE scratch/new.json.unfinished "of somebody else")
timeline(0 scratch/new.json)
file(READ scratch/new.json.unfinished kept)
expect("another file is kept" kept STREQUAL "of somebody else")
file(REMOVE scratch/new.json.unfinished)

# A link is followed, to a file that is there, through another, or yet to come.
file(MAKE_DIRECTORY elsewhere)
file(REMOVE elsewhere/target.json)
file(CREATE_LINK ../elsewhere/target.json scratch/link.json SYMBOLIC)
file(CREATE_LINK link.json scratch/link_to_link.json SYMBOLIC)
foreach(round RANGE 1)
  timeline(0 scratch/link_to_link.json)
  expect("the link stays" IS_SYMLINK ${CMAKE_CURRENT_BINARY_DIR}/scratch/link.json)
  expect_trace(elsewhere/target.json)
endforeach()
file(CREATE_LINK itself.json scratch/itself.json SYMBOLIC)
timeline(2 scratch/itself.json)
file(CREATE_LINK ../nowhere/target.json scratch/astray.json SYMBOLIC)
timeline(2 scratch/astray.json)
expect("the reason is said" err MATCHES "cannot write the file: No such file or directory")
file(REMOVE scratch/link.json scratch/link_to_link.json scratch/itself.json scratch/astray.json)

# A file that nobody may write is refused, by root too.
file(WRITE scratch/new.json "kept")
file(CHMOD scratch/new.json PERMISSIONS OWNER_READ)
timeline(2 scratch/new.json)
expect("the reason is said" err MATCHES "it is read-only")
file(READ scratch/new.json kept)
expect("a read-only file is kept" kept STREQUAL "kept")
timeline(2 scratch)
timeline(2 /dev/null)
expect("the reason is said" err MATCHES "it is no regular file")
expect_files(new.json)

# A drawing leaves standard output as it is, and is said on standard error.
set(pareto "pareto -w '${SOURCE_DIR}/configs/deepseek-v3-decode-h100-ib400.yaml' --points 2 --format csv")
shell(0 "\"$1\" ${pareto} > scratch/plain.csv")
string(LENGTH "${err}" said)
expect("nothing is said without a drawing" said EQUAL 0)
shell(0 "\"$1\" ${pareto} --svg scratch/front.svg > scratch/drawn.csv && cmp scratch/plain.csv scratch/drawn.csv")
expect("the drawing is said" err STREQUAL "wideep-opt: the front is drawn in scratch/front.svg\n")
file(READ scratch/front.svg drawing)
expect("it is one" drawing MATCHES "^<svg ")

# Files to start from: asked at once, and none that is there is overwritten.
file(REMOVE_RECURSE started)
file(MAKE_DIRECTORY started)
shell(0 "\"$1\" init --engine vllm --dir started && \"$1\" optimize -w started/workload.yaml")
file(WRITE started/fabric.yaml "kept")
shell(2 "\"$1\" init --dir started")
expect("what is there is said" err MATCHES "started/workload.yaml is there already")
file(READ started/fabric.yaml kept)
expect("it is kept" kept STREQUAL "kept")
shell(0 "\"$1\" init --dir started --force && \"$1\" check started/workload.yaml started/fabric.yaml")
shell(0 "\"$1\" presets show h100-ib400 --as-file > started/own.yaml
  \"$1\" optimize -w started/workload.yaml -f started/own.yaml")
shell(2 "\"$1\" init --dir started/workload.yaml/below")
file(REMOVE_RECURSE started)
