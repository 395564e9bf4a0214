#pragma once

#include "model/problem.h"

namespace wideep {

/// Of the numbers of SMs that the configuration's kernel may hold the one with which its layer is
/// fastest, whatever `config.sms` says; 0 where it has no choice, and the first where its figures
/// do not reach that EP width.
int fastest_sms(const Problem& problem, Config config);

}  // namespace wideep
