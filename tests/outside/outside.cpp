// The best configuration of a workload file, by the installed libraries.
#include <cstdio>

#include "engines/runs.h"
#include "input/read_problem.h"
#include "search/answer.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const wideep::Problem problem = wideep::with_engines(
      wideep::read_problem({.workload = argv[1], .fabric = {}, .search = {}, .set = {}}));
  const wideep::Answer answer = wideep::answer(problem);
  if (answer.used() == nullptr) return 3;
  std::printf("EP %d, %s\n",
              answer.used()->config.ep_width,
              problem.fabric.kernels[answer.used()->config.kernel].name.c_str());
  return 0;
}
