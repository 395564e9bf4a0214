#pragma once

#include "input/asked.h"
#include "report/result_json.h"

namespace wideep {

/// The ways in which a value that stands alone is taken: one schema, or several under anyOf.
Json value_schema(const std::vector<Taken>& taken);

/// One of several; the only one by itself.
Json any_of(std::vector<Json> ways);

/// The pattern of the keys of a table.
std::string key_pattern(const Taken& key);

}  // namespace wideep
