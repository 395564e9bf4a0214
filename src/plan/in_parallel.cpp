#include "plan/in_parallel.h"

#include <memory>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "plan/told_order.h"

namespace wideep {

void in_parallel(const VariedProblem& varied,
                 std::size_t count,
                 int threads,
                 const std::function<void(VariedProblem&, std::size_t)>& each) {
  if (threads == 1 || count <= 1) {
    VariedProblem own(varied);
    for (std::size_t at = 0; at < count; ++at) each(own, at);
    return;
  }
  tbb::enumerable_thread_specific<std::unique_ptr<VariedProblem>> copies(
      [&] { return std::make_unique<VariedProblem>(varied); });
  const auto one = [&](std::size_t at) {
    after(Moment::kBegun);
    each(*copies.local(), at);
    before(Moment::kComputed);
  };
  tbb::task_arena arena(threads > 0 ? threads : tbb::task_arena::automatic);
  before(Moment::kBegun);
  arena.execute([&] { tbb::parallel_for(std::size_t{0}, count, one); });
  after(Moment::kComputed);
}

}  // namespace wideep
