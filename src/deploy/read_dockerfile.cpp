#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "deploy/engine_start.h"
#include "deploy/manifest.h"
#include "deploy/read_shell.h"
#include "deploy/shell_characters.h"
#include "deploy/shell_expand.h"
#include "deploy/shell_nesting.h"
#include "deploy/yaml_documents.h"

namespace wideep {
namespace {

/// A line of a Dockerfile with those that go on from it; comments between them left out.
struct Instruction {
  std::string name{};  ///< in capitals
  ShellText rest{};
  std::size_t begin = 0;
};

std::size_t end_of_line(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

bool goes_on(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t\r");
  return last != std::string_view::npos && line[last] == '\\';
}

bool is_comment(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] == '#';
}

std::vector<Instruction> instructions_of(std::string_view text) {
  std::vector<Instruction> found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t stop = end_of_line(text, at);
    std::string_view line = text.substr(at, stop - at);
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || is_comment(line)) {
      at = stop + 1;
      continue;
    }
    Instruction next;
    next.begin = at + first;
    std::size_t name = next.begin;
    while (name < stop && !is_shell_blank(text[name])) {
      next.name += static_cast<char>(std::toupper(static_cast<unsigned char>(text[name])));
      ++name;
    }
    at = name;
    for (bool more = true; more && at < text.size();) {
      stop = end_of_line(text, at);
      line = text.substr(at, stop - at);
      const bool comment = is_comment(line) && !next.rest.text.empty();
      more = comment || goes_on(line);
      if (!comment) next.rest.add(text.substr(at, std::min(stop + 1, text.size()) - at), at);
      at = stop + 1;
    }
    at = std::max(at, stop + 1);
    found.push_back(std::move(next));
  }
  return found;
}

class DockerfileReader {
 public:
  DockerfileReader(DeploymentFile& file, const FindFile& find_file)
      : file_(file),
        find_file_(find_file),
        all_(file.sources.front()),
        lines_(std::make_shared<const SourceLines>(file.sources.front())) {}

  void read() {
    for (const Instruction& each : instructions_of(all_.text())) take(each);
    start();
    for (std::string& each : state_.not_read) add_not_read(file_.not_read, std::move(each));
  }

 private:
  /// CMD or ENTRYPOINT: words, or a script.
  struct Start {
    std::vector<ShellWord> words{};
    std::optional<EmbeddedText> script{};
    bool in_brackets = false;
    [[nodiscard]] bool any() const { return script || !words.empty(); }
  };

  [[nodiscard]] EmbeddedText text_of(const ShellText& rest) const {
    return {rest.text, rest.pieces, all_, all_.place(0)};
  }

  void take(const Instruction& instruction) {
    if (instruction.name == "FROM") {
      take_image(instruction);
    } else if (is_one_of(instruction.name, {"ARG", "ENV"})) {
      take_variables(instruction);
    } else if (instruction.name == "CMD") {
      command_ = start_of(instruction);
    } else if (instruction.name == "ENTRYPOINT") {
      entry_ = start_of(instruction);
      // A CMD of the base, or in front of it, does not hold for another entry point.
      command_ = {};
    }
  }

  void take_image(const Instruction& instruction) {
    image_.reset();
    entry_ = {};
    command_ = {};
    visit(instruction.rest, [this](const ShellCommand& command) {
      for (const ShellWord& word : command.words) {
        const std::string_view text = word.text ? std::string_view(*word.text) : word.begin;
        if (text.starts_with("--")) continue;
        if (word.text) image_ = {*word.text, word.at};
        return;
      }
    });
  }

  void visit(const ShellText& rest, const ShellVisitor& visitor) {
    read_script(text_of(rest), state_, visitor);
  }

  /// ENV A=1 B=2, ENV A 1, ARG A=1.
  void take_variables(const Instruction& instruction) {
    const std::string& text = instruction.rest.text;
    const std::size_t first = std::min(text.find_first_not_of(" \t\r"), text.size());
    const std::string_view name = std::string_view(text).substr(first);
    const std::size_t length = name_length(name);
    if (length == 0) return;
    const bool environment = instruction.name == "ENV";
    const bool older = environment && length < name.size() && is_shell_blank(name[length]);
    ShellText as_shell;
    if (environment) as_shell.add("export ", std::nullopt);
    if (older) {
      const std::size_t value =
          std::min(text.find_first_not_of(" \t", first + length), text.size());
      const std::size_t last = std::min(text.find_last_not_of(" \t\r\n") + 1, text.size());
      as_shell.add(instruction.rest, first, first + length);
      as_shell.add("=\"", std::nullopt);
      as_shell.add(instruction.rest, value, std::max(value, last));
      as_shell.add("\"", std::nullopt);
    } else {
      as_shell.add(instruction.rest, first, text.size());
    }
    visit(as_shell, [](const ShellCommand&) {});
  }

  Start start_of(const Instruction& instruction) {
    Start start;
    const std::size_t first = instruction.rest.text.find_first_not_of(" \t\r");
    if (first == std::string::npos) return start;
    if (instruction.rest.text[first] != '[') {
      start.script = text_of(instruction.rest);
      return start;
    }
    start.in_brackets = true;
    Findings faults;
    const TextExtent lines = text_of(instruction.rest).span();
    const auto list = lines.empty() ? std::nullopt : yaml_in(file_.sources.front(), lines, faults);
    if (!list) {
      add_not_read(file_.not_read,
                   "line " + std::to_string(all_.place(instruction.begin).line) + ": " +
                       instruction.name + " is not the list that it begins as");
      return start;
    }
    for (const Node& item : list->items) {
      ShellWord word{.text = item.text};
      const EmbeddedText text(item, lines_);
      word.at = item.place;
      word.raw = text.extent(0, item.text.size());
      word.pieces = text.pieces();
      const std::size_t quote = item.quoted ? 1 : 0;
      if (!word.raw.empty()) word.written = {word.raw.begin - quote, word.raw.end + quote};
      start.words.push_back(std::move(word));
    }
    return start;
  }

  void start() {
    EngineContext context;
    context.find_file = find_file_;
    std::vector<StartedEngine> engines;
    const Start& whole = entry_.any() ? entry_ : command_;
    if (whole.script) {
      engines = engines_in_script(*whole.script, state_, context);
    } else {
      ShellCommand command{.words = words_in_front()};
      for (const Start* each : {&entry_, &command_}) {
        command.words.insert(command.words.end(), each->words.begin(), each->words.end());
      }
      context.form = Form::kJsonList;
      if (!command.words.empty()) engines = engines_of_command(command, all_, state_, context);
    }
    Deployment deployment{.format = DeploymentFormat::kDockerfile};
    for (StartedEngine& each : engines) each.role.container = image_;
    take_kind_of_path(file_.path, engines);
    add_engines(std::move(engines), deployment);
    if (!deployment.roles.empty()) file_.jobs.push_back(std::move(deployment));
  }

  /// What the image starts where the file tells flags alone.
  [[nodiscard]] std::vector<ShellWord> words_in_front() const {
    const bool flags = !entry_.any() && !command_.words.empty() && command_.words.front().text &&
                       command_.words.front().text->starts_with('-');
    if (!flags || !image_ || engine_of_image(image_->value) != ServingEngine::kVllm) return {};
    std::vector<ShellWord> words;
    for (const char* word : {"vllm", "serve"}) {
      words.push_back({.text = word});
      words.back().at = image_->at;
    }
    return words;
  }

  DeploymentFile& file_;
  const FindFile& find_file_;
  EmbeddedText all_;
  std::shared_ptr<const SourceLines> lines_;
  ShellState state_;
  std::optional<Stated<std::string>> image_;
  Start entry_;
  Start command_;
};

}  // namespace

void read_dockerfile(DeploymentFile& file, const FindFile& find_file) {
  file.format = DeploymentFormat::kDockerfile;
  if (!file.sources.empty()) DockerfileReader(file, find_file).read();
}

}  // namespace wideep
