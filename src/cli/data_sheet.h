#pragma once

#include <string>

#include "input/write_fabric.h"

namespace wideep {

/// Whether the base has a GPU with rates, of which figures can be shares.
bool has_data_sheet(const BaseFabric& base);

/// What messages call the base's GPU. Needs one.
std::string gpu_name(const BaseFabric& base);

/// Says when the base's GPU, `given`, is not the one that was measured; empty where it may be.
std::string other_gpu(const std::string& measured, const std::string& given);

}  // namespace wideep
