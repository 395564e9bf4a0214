#pragma once

#include <optional>

#include "search/agenda.h"
#include "search/hunt.h"
#include "search/picks.h"

namespace wideep {

/// The preferred of all configurations with a cost of at most `limit`, or of those with the EP
/// width, kernel and mode of `choice` alone.
std::optional<Candidate> preferred_within(const Agenda& agenda,
                                          const Incumbents& incumbents,
                                          Cost limit,
                                          const Config* choice = nullptr,
                                          bool only_plain = false);

/// What is picked of an agenda. Something must be feasible.
Picks picks_of(const Problem& problem, const Agenda& agenda, const Hunt& found, Solver solver);

/// Whether runs of the search space cover what is picked, so that the best of them is the best.
bool is_run(const Problem& problem, const Picks& picks);

/// The same of what a run of the search space covers; nothing where none of it is feasible.
std::optional<Picks> picks_of_runs(Problem problem, Solver solver);

}  // namespace wideep
