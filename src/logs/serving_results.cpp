#include "logs/serving_results.h"

#include <algorithm>

#include "input/node.h"
#include "input/source.h"
#include "logs/scan.h"
#include "logs/serving_rows.h"

namespace wideep {
namespace {

constexpr Marker kTpot("_tpot");
constexpr Marker kInterToken("\"inter_token_latency\"");

bool tells_tpot(std::string_view text) {
  return kTpot.in(text) || kInterToken.in(text);
}

/// An object a line: SGLang appends them, vLLM writes one.
class ServingLines : public LogFormat {
 public:
  [[nodiscard]] std::string_view name() const override {
    return name_.empty() ? "results of serving benchmarks" : name_;
  }

  bool take(const LogLine& line, LogSink& sink) override {
    const std::string_view text = trimmed(line.text);
    if (!text.starts_with('{') || !text.ends_with('}') || !tells_tpot(text)) return false;
    const Source source{.name = "a line", .text = std::string(text)};
    Findings findings;
    const Node row = parse_yaml(source, findings);
    if (findings.any()) {
      sink.reject("a line that begins like JSON and is none");
      return true;
    }
    const std::string_view tool = take_serving_row(row, sink);
    if (name_.empty()) name_ = tool;
    return !tool.empty();
  }

 private:
  std::string_view name_;  ///< of the first tool found
};

}  // namespace

bool is_serving_document(std::string_view head) {
  constexpr std::string_view kBlanksAndEnds = " \t\r\n";
  constexpr Marker kConcurrency("\"max_concurrency\"");  // before details, if there are any
  const std::size_t first = head.find_first_not_of(kBlanksAndEnds);
  if (first == kNowhere || (head[first] != '[' && head[first] != '{')) return false;
  if (!tells_tpot(head) && !kConcurrency.in(head)) return false;
  const std::size_t end = head.find('\n', first);
  if (head[first] == '[') return true;
  // A line longer than any line that is read as one is a document too.
  if (end == kNowhere) return !trimmed(head.substr(first)).ends_with('}');
  return !trimmed(head.substr(first, end - first)).ends_with('}');
}

void read_serving_document(const std::string& path, FileCollector& collector) {
  const Source source = need_source(path);
  Findings findings;
  const Node root = parse_yaml(source, findings);
  findings.throw_if_any();
  LogFile& file = collector.file();
  const bool list = !root.is_map();
  const auto rows = static_cast<int>(list ? root.items.size() : 1);
  // Rows count as lines; those that share one are numbered by their place in the list.
  const bool dense = file.lines < rows;
  file.lines = rows;
  for (int at = 0; at < rows; ++at) {
    const Node& row = list ? root.items[static_cast<std::size_t>(at)] : root;
    collector.begin_line(dense ? at + 1 : row.place.line);
    const std::string tool(take_serving_row(row, collector));
    if (tool.empty()) {
      collector.skip("an object of no known tool");
    } else if (std::find(file.formats.begin(), file.formats.end(), tool) == file.formats.end()) {
      file.formats.push_back(tool);
    }
  }
}

std::unique_ptr<LogFormat> serving_lines() {
  return std::make_unique<ServingLines>();
}

}  // namespace wideep
