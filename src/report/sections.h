#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/thresholds.h"
#include "report/config_report.h"
#include "report/text.h"

namespace wideep {

/// The parts that the reports of optimize and explain share. Each is one or more whole lines.

/// One MoE layer, what a request waits for, and throughput: "A layer takes 99.6 us; TPOT 8.1 ms
/// ...".
Text time_line(const Problem& problem, const Prediction& prediction);

/// What the overlap gains, from which batch dual-batch overlap pays, and the bound.
Text gain_line(const Problem& problem, const Prediction& prediction, const Thresholds& thresholds);

/// What was asked: model, fabric, batch.
Text asked(const Problem& problem, const Prediction& prediction);

/// A waterfall of the stages, what of them is hidden, and the layer.
Text time_chart(const Prediction& prediction);

/// Each threshold with its value or its reason, and what to do with it.
Text threshold_table(const Problem& problem,
                     const Prediction& prediction,
                     const Thresholds& thresholds);

/// The same in a line each, as far as they go into one.
Text threshold_lines(const Problem& problem,
                     const Prediction& prediction,
                     const Thresholds& thresholds);

/// The closed-form model's rule: dual-batch overlap pays where experts and communication take
/// about as long as each other.
Text dbo_rule(const Prediction& prediction);

/// "weight bound": what the largest exposed term makes of a layer.
std::string_view bound_of(const Prediction& prediction);

/// What splitting the batch costs and overlap hides; empty but for dual-batch overlap.
Text split_balance(const ConfigReport& report);

/// What bounds the layer, and the shares of it that each term accounts for.
Text binding(const Prediction& prediction);

/// What the time rests on: step, memory, load, attention, engines, traffic, timing and tokens.
Text settings(const Problem& problem, const ConfigReport& report, const Thresholds& thresholds);

/// What a step is made of; empty where only its layers are known.
Text step(const Problem& problem, const Prediction& prediction);

/// What fills a GPU's memory and the largest batch that fits, or why that is not checked.
Text memory(const Problem& problem, const ConfigReport& report);

/// What a step is made of in one line; empty where it is not computed.
Text step_line(const Problem& problem, const Prediction& prediction);

/// The same in a line: how much is taken, and what fits.
Text memory_line(const Problem& problem, const ConfigReport& report);

/// What the reader must know before using the answer. Often empty.
Text warnings(const ConfigReport& report);

/// What is to be set in an engine for it, in few words.
std::string to_set(const Problem& problem,
                   const ConfigReport& report,
                   const Thresholds& thresholds);

/// Which engines run this overlap mode, and how it is switched on.
std::string runs_on(const Problem& problem,
                    const ConfigReport& report,
                    const Thresholds& thresholds);

}  // namespace wideep
