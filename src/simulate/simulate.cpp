#include "simulate/simulate.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <queue>

namespace wideep {
namespace {

/// A resource and the tasks that still wait for it, in their order.
struct Server {
  std::deque<std::size_t> waiting;
  std::optional<std::size_t> running;
};

struct Finish {
  Seconds at;
  std::size_t task;
  bool operator>(const Finish& other) const {
    return at > other.at || (at == other.at && task > other.task);
  }
};

class Replay {
 public:
  explicit Replay(const std::vector<Task>& tasks)
      : tasks_(tasks), missing_(tasks.size()), dependents_(tasks.size()), spans_(tasks.size()) {
    for (std::size_t at = 0; at < tasks.size(); ++at) {
      missing_[at] = tasks[at].after.size();
      for (const std::size_t earlier : tasks[at].after) dependents_[earlier].push_back(at);
      server(at).waiting.push_back(at);
    }
  }

  std::vector<Span> run() {
    start_what_can(Seconds(0.0));
    while (!events_.empty()) {
      const Seconds now = events_.top().at;
      while (!events_.empty() && events_.top().at == now) {
        finish(events_.top().task);
        events_.pop();
      }
      start_what_can(now);
    }
    return spans_;
  }

 private:
  Server& server(std::size_t task) {
    return servers_[static_cast<std::size_t>(tasks_[task].resource)];
  }

  void finish(std::size_t task) {
    server(task).running.reset();
    for (const std::size_t dependent : dependents_[task]) --missing_[dependent];
  }

  void start_what_can(Seconds now) {
    for (Server& server : servers_) {
      if (server.running || server.waiting.empty()) continue;
      const std::size_t next = server.waiting.front();
      if (missing_[next] > 0) continue;
      server.waiting.pop_front();
      server.running = next;
      spans_[next] = {now, now + tasks_[next].duration};
      events_.push({spans_[next].finish, next});
    }
  }

  const std::vector<Task>& tasks_;
  std::vector<std::size_t> missing_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<Span> spans_;
  std::array<Server, kResourceCount> servers_;
  std::priority_queue<Finish, std::vector<Finish>, std::greater<>> events_;
};

}  // namespace

std::vector<Span> simulate(const std::vector<Task>& tasks) {
  return Replay(tasks).run();
}

Seconds makespan(const std::vector<Span>& spans) {
  Seconds last;
  for (const Span& span : spans) last = std::max(last, span.finish);
  return last;
}

}  // namespace wideep
