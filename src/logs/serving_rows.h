#pragma once

#include <string>
#include <string_view>

#include "input/node.h"
#include "logs/format.h"

namespace wideep {

// Results of serving benchmarks, an object of JSON each, by the keys that they have. Each reader
// returns false where the object is of another tool; else what it says went to the sink.

/// An aggregated row of SemiAnalysisAI/InferenceX, or what its site hands out.
bool take_inferencex_row(const Node& row, LogSink& sink);

/// What `vllm bench serve --save-result` and SGLang's bench_serving write.
bool take_bench_serve(const Node& row, LogSink& sink);

/// profile_export_aiperf.json of ai-dynamo/aiperf.
bool take_aiperf(const Node& row, LogSink& sink);

/// What reports call the tool whose keys the object has, having taken what it says; empty where it
/// is none of these.
std::string_view take_serving_row(const Node& row, LogSink& sink);

/// No name needs to be longer.
inline constexpr std::size_t kLongestName = 120;

/// The series' text of a value: no longer than that, in small letters.
std::string name_of_value(std::string_view text);

}  // namespace wideep
