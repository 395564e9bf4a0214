#include "plan/sweep.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/option_values.h"
#include "cli/page_file.h"
#include "cli/progress.h"
#include "cli/sweep_file.h"
#include "cli/sweep_screen.h"
#include "input/suggest.h"
#include "report/sweep_rows.h"

namespace wideep {
namespace {

enum class RowFormat { kTable, kCsv, kJsonLines };

constexpr std::array<Word<RowFormat>, 3> kRowFormatWords = {
    {{"table", RowFormat::kTable}, {"csv", RowFormat::kCsv}, {"jsonl", RowFormat::kJsonLines}}};

struct SweepOptions {
  ProblemOptions problem;
  std::vector<std::string> axes;
  std::string format;
  std::string columns;
  std::string out;
  std::string svg;
  std::string shard = "1/1";
  bool resume = false;
  bool optimum = false;
  int threads = 0;
  std::string html;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> items;
  std::size_t from = 0;
  for (std::size_t end = 0; end != std::string::npos; from = end + 1) {
    end = list.find(',', from);
    items.push_back(list.substr(from, end - from));
  }
  return items;
}

/// Accepts names of columns, apart by commas.
CLI::Validator column_list() {
  return {[names = sweep_column_names()](std::string& value) -> std::string {
            const std::vector<std::string_view> known(names.begin(), names.end());
            for (const std::string& name : split(value)) {
              if (std::find(known.begin(), known.end(), name) != known.end()) continue;
              const std::string near = did_you_mean(name, known);
              return fmt::format(
                  "has no column '{}'; {}", name, near.empty() ? "docs/sweep.md lists them" : near);
            }
            return "";
          },
          ""};
}

/// "i/n", from 1/1 on; nothing where it is not.
std::optional<std::pair<std::uint64_t, std::uint64_t>> shard_in(const std::string& text) {
  std::uint64_t shard = 0;
  std::uint64_t shards = 0;
  const char* const limit = text.data() + text.size();
  const auto [slash, error] = std::from_chars(text.data(), limit, shard);
  if (error != std::errc{} || slash == limit || *slash != '/') return std::nullopt;
  const auto [end, wrong] = std::from_chars(slash + 1, limit, shards);
  const bool sound = wrong == std::errc{} && end == limit && shard >= 1 && shard <= shards;
  return sound ? std::optional(std::pair(shard, shards)) : std::nullopt;
}

CLI::Validator shard() {
  return {[](std::string& value) -> std::string {
            return shard_in(value) ? "" : "must be I/N, from 1/N to N/N, such as 1/16";
          },
          ""};
}

RowFormat row_format(const SweepOptions& options) {
  if (options.problem.json) return RowFormat::kJsonLines;
  if (!options.format.empty()) return *meaning_of(kRowFormatWords, options.format);
  if (options.out.empty()) return RowFormat::kTable;
  return options.out.ends_with(".jsonl") ? RowFormat::kJsonLines : RowFormat::kCsv;
}

/// What is printed of each point, and where.
class Rows {
 public:
  Rows(const SweepOptions& options, const SweptProblem& swept)
      : options_(options), swept_(swept), json_(row_format(options) == RowFormat::kJsonLines) {
    for (const Axis& axis : swept.axes()) keys_.push_back(axis.key);
    columns_ = sweep_columns(keys_);
    const std::vector<std::string> wanted = split(options.columns);
    if (!options.columns.empty()) {
      std::erase_if(columns_, [&](const SweepColumn& column) {
        const bool is_key = std::find(keys_.begin(), keys_.end(), column.name) != keys_.end();
        return !is_key && std::find(wanted.begin(), wanted.end(), column.name) == wanted.end();
      });
    }
    const auto [shard, shards] = *shard_in(options.shard);
    run_ = {.points = shard_of(swept.points(), shard, shards),
            .thresholds = std::any_of(columns_.begin(),
                                      columns_.end(),
                                      [](const SweepColumn& column) { return column.threshold; }),
            .optimum = options.optimum,
            .threads = options.threads};
    if (!json_ && shard == 1) header_ = csv_header(columns_);
  }

  void print_all() const {
    print(header_);
    Progress progress(count(), 0, isatty(fileno(stdout)) == 0);
    compute(run_.points, [&](std::uint64_t points, std::string_view text) {
      print(std::string(text));
      progress.add(points);
    });
  }

  void write_all() const {
    const SweepIdentity identity{.question = question(), .points = count(), .header = header_};
    if (options_.resume && count() > 0 &&
        is_complete(options_.out, identity, row(run_.points.last - 1))) {
      complain(fmt::format("wideep-opt: {} is complete already\n", options_.out));
      return;
    }
    SweepFile file(options_.out, identity, options_.resume);
    const std::uint64_t next = run_.points.first + file.done();
    if (file.done() > 0 && file.last_row() != row(next - 1)) file.refuse_other_rows();
    {
      Progress progress(count(), file.done(), true);
      compute({next, run_.points.last}, [&](std::uint64_t points, std::string_view text) {
        file.take(points, text);
        progress.add(points);
      });
    }
    file.finish();
  }

 private:
  [[nodiscard]] std::uint64_t count() const { return run_.points.last - run_.points.first; }

  void add(const SweepPoint& point, std::string& text) const {
    if (json_) {
      add_json_line(point, keys_, run_.thresholds, text);
    } else {
      add_csv_row(point, columns_, text);
    }
  }

  void compute(PointRange points, const TakeText& take) const {
    SweepRun run = run_;
    run.points = points;
    sweep(
        swept_, run, [&](const SweepPoint& point, std::string& text) { add(point, text); }, take);
  }

  /// The row of one point.
  [[nodiscard]] std::string row(std::uint64_t point) const {
    SweptProblem at(swept_);
    Problem problem;
    std::string text;
    add(sweep_point(at, point, run_, problem), text);
    return text;
  }

  [[nodiscard]] std::string question() const {
    std::string names;
    for (const SweepColumn& column : columns_) names += " " + column.name;
    return fmt::format("{} {:016x} {} {}{} {}-{}{}",
                       WIDEEP_VERSION,
                       swept_.fingerprint(),
                       json_ ? "jsonl" : "csv",
                       swept_.points(),
                       options_.optimum ? " optimum" : "",
                       run_.points.first,
                       run_.points.last,
                       names);
  }

  const SweepOptions& options_;
  const SweptProblem& swept_;
  bool json_;
  std::vector<std::string> keys_;
  std::vector<SweepColumn> columns_;
  SweepRun run_;
  std::string header_;
};

/// What goes with what, before anything is read.
void check_options(const SweepOptions& options) {
  const auto refuse = [](const std::string& why) {
    throw InputError(fmt::format("wideep-opt: {}\n", why));
  };
  const bool table = row_format(options) == RowFormat::kTable;
  if (options.resume && options.out.empty()) refuse("--resume goes on with a file: give --out");
  if (table && !options.out.empty()) refuse("a table is for the terminal: --format csv or jsonl");
  if (table && options.shard != "1/1") refuse("--shard is of rows: --format csv or jsonl");
  if (!options.columns.empty() && row_format(options) != RowFormat::kCsv) {
    refuse("--columns are those of --format csv");
  }
}

/// What a page computes anew with each move.
void check_page(const SweepOptions& options, const SweptProblem& swept) {
  constexpr std::uint64_t kMostOnPage = 1'000;
  check_html(options.html);
  if (options.html.empty() || swept.points() <= kMostOnPage) return;
  throw InputError(fmt::format(
      "wideep-opt: a page draws up to {} points, and these are {}\n", kMostOnPage, swept.points()));
}

/// The axes with their values as `--set` takes them.
Json axes_json(const SweptProblem& swept) {
  Json axes = Json::array();
  for (std::size_t axis = 0; axis < swept.axes().size(); ++axis) {
    const Axis& of = swept.axes()[axis];
    Json values = Json::array();
    for (std::uint64_t at = 0; at < of.count; ++at) values.push_back(swept.value_text(axis, at));
    axes.push_back({{"key", of.key}, {"values", std::move(values)}});
  }
  return axes;
}

ExitCode run_sweep(const SweepOptions& options) {
  check_options(options);
  const ProblemFiles files = files_of(options.problem);
  const SweptProblem swept(files, options.axes);
  if (!options.svg.empty() && swept.axes().size() != 2) {
    throw InputError("wideep-opt: --svg draws two axes: give two --axis\n");
  }
  check_page(options, swept);
  const SweepScreen screen{
      .swept = swept, .threads = options.threads, .optimum = options.optimum, .svg = options.svg};
  if (row_format(options) == RowFormat::kTable) {
    show_table(screen);
  } else {
    const Rows rows(options, swept);
    options.out.empty() ? rows.print_all() : rows.write_all();
  }
  write_map(screen);
  write_html(options.html, files, {.command = "sweep", .axes = axes_json(swept)});
  return ExitCode::kOk;
}

void add_output_options(CLI::App& command, SweepOptions& options) {
  command.add_option("--format", options.format, "Default: table; csv with --out")
      ->check(one_of(words_of(kRowFormatWords)))
      ->type_name(alternatives(kRowFormatWords));
  command.add_option("--columns", options.columns, "Of csv, beside the axes; default: all")
      ->check(column_list())
      ->type_name("NAME,...");
  command.add_option("--out", options.out, "Write rows to a file, whole or not at all")
      ->check(file_name())
      ->type_name("FILE");
  command.add_flag("--resume", options.resume, "Go on with a file that was not finished");
  command.add_option("--shard", options.shard, "Part I of N, which concatenate to the whole")
      ->check(shard())
      ->type_name("I/N");
  command.add_option("--svg", options.svg, "Draw which configuration wins where, of two axes")
      ->check(file_name())
      ->type_name("FILE");
  add_html(command, options.html);
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* command = app.add_subcommand("sweep", "Find the best at each of many points");
  add_problem_options(*command, options->problem);
  command->add_option("--axis", options->axes, "A key and its values (docs/sweep.md); up to 3")
      ->required()
      ->type_name("KEY=VALUES")
      ->take_all()
      ->allow_extra_args(false);
  add_output_options(*command, *options);
  command->add_flag("--optimum", options->optimum, "Of all, whether an engine runs it or not");
  constexpr int kMostThreads = 1'024;
  command->add_option("--threads", options->threads, "Default: one for each core")
      ->check(whole_number(1, kMostThreads))
      ->type_name("N");
  command->callback([options, &action] { action = [options] { return run_sweep(*options); }; });
}

}  // namespace wideep
