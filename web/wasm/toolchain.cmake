# The release's own clang, for WebAssembly with wasi-libc. Debian 12 calls it clang++-14 beside clang++.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
find_program(CLANG NAMES clang++ clang++-19 clang++-14 REQUIRED)
set(CMAKE_CXX_COMPILER ${CLANG})
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
