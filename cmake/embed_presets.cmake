# Writes OUTPUT, a C++ file that holds every presets/<kind>/<name>.yaml below ROOT as text.
# Run by the build: cmake -DROOT=... -DOUTPUT=... -P embed_presets.cmake
cmake_minimum_required(VERSION 3.25)

set(rows)
foreach(kind IN ITEMS Fabric Gpu Kernel Model)
  string(TOLOWER ${kind}s folder)
  file(GLOB files ${ROOT}/presets/${folder}/*.yaml)
  list(SORT files COMPARE NATURAL)
  foreach(file IN LISTS files)
    cmake_path(GET file STEM LAST_ONLY name)
    file(READ ${file} text)
    string(APPEND rows "    {PresetKind::k${kind}, \"${name}\", R\"preset(${text})preset\"},\n")
  endforeach()
endforeach()
file(WRITE ${OUTPUT}.new
"#include <array>

#include \"input/presets.h\"

namespace wideep {
namespace {

constexpr auto kPresets = std::to_array<Preset>({
${rows}});

}  // namespace

std::span<const Preset> presets() { return kPresets; }

}  // namespace wideep
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
