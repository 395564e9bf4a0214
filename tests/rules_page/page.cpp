#include "page.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "topics.h"

namespace wideep::rules_page {
namespace {

constexpr std::size_t kColumns = 120;

bool in_word(std::string_view text, std::size_t at) {
  return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
}

/// Text in which nothing is Markdown.
std::string plain(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool outside = c == '_' && !(at > 0 && in_word(text, at - 1) && in_word(text, at + 1));
    if (outside || std::string_view("*<>`[]\\~").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

/// Lines of at most kColumns where words allow it; those behind the first begin with `indent`.
std::string wrapped(std::string_view text, std::string_view indent = "") {
  std::string result;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (column > 0 && column + 1 + word.size() > kColumns) {
      result += fmt::format("\n{}", indent);
      column = indent.size();
    } else if (column > 0) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result + "\n";
}

std::string section_of(const DeploymentRule& rule) {
  const auto item = [](std::string_view name, std::string_view text) {
    return wrapped(fmt::format("- {}: {}", name, plain(text)), "  ");
  };
  return fmt::format("#### {}\n\n", rule.name) +
         wrapped(fmt::format("**{}**: {}", name_of(rule.grade), plain(rule.what))) + "\n" +
         item("fix", rule.fix) + item("versions", versions_of(rule)) +
         item("known by", fmt::format("{}: {}", name_of(rule.proof), rule.source)) + "\n";
}

std::size_t count_in(const Chapter& chapter) {
  std::size_t count = 0;
  for (const Topic& topic : chapter.topics) count += topic.rules.size();
  return count;
}

std::size_t count_of(const std::vector<const DeploymentRule*>& rules, Grade grade) {
  return static_cast<std::size_t>(
      std::count_if(rules.begin(), rules.end(), [grade](const DeploymentRule* rule) {
        return rule->grade == grade;
      }));
}

/// "a rule" for one.
std::string counted(std::size_t count) {
  return count == 1 ? "1 rule" : fmt::format("{} rules", count);
}

std::string head(const std::vector<Chapter>& chapters) {
  const auto rules = all_deployment_rules();
  std::string text =
      "# Rules of deployments\n\n"
      "<!-- Written by scripts/rules from the tables in src/rules; a test holds it to them. "
      "-->\n\n";
  text += wrapped(
      fmt::format("What [`check`](check.md#rules) holds files to that start inference engines: "
                  "{}, of which {} give errors at most, {} warnings and {} advice.",
                  counted(rules.size()),
                  count_of(rules, Grade::kError),
                  count_of(rules, Grade::kWarning),
                  count_of(rules, Grade::kAdvice)));
  text += '\n';
  for (const Chapter& chapter : chapters) {
    std::string topics;
    for (const Topic& topic : chapter.topics) {
      topics +=
          fmt::format("{}{} ({})", topics.empty() ? "" : ", ", topic.title, topic.rules.size());
    }
    text += wrapped(fmt::format("- {}, {}: {}", chapter.title, counted(count_in(chapter)), topics),
                    "  ");
  }
  text += '\n';
  text += wrapped(
      "The grade is the gravest that a rule gives. `wideep-opt check --explain NAME` prints one of "
      "them, `--ignore NAME` leaves it out. A source is a file at the commit that was read, or a "
      "thread; versions are those in which the rule holds: one that is known to be before is not "
      "asked.");
  text += '\n';
  return text;
}

void hold_complete(const std::vector<Chapter>& chapters) {
  std::set<std::string_view> told;
  for (const Chapter& chapter : chapters) {
    for (const Topic& topic : chapter.topics) {
      for (const DeploymentRule& rule : topic.rules) {
        if (told.insert(rule.name).second) continue;
        throw std::runtime_error(fmt::format("{} stands under two headings", rule.name));
      }
    }
  }
  for (const DeploymentRule* rule : all_deployment_rules()) {
    if (told.contains(rule->name)) continue;
    throw std::runtime_error(
        fmt::format("{} stands under no heading of tests/rules_page/topics.cpp", rule->name));
  }
}

}  // namespace

std::string page() {
  const std::vector<Chapter> all = chapters();
  hold_complete(all);
  std::string text = head(all);
  for (const Chapter& chapter : all) {
    text += fmt::format(
        "## {}\n\n{}, {}\n\n", chapter.title, counted(count_in(chapter)), chapter.about);
    for (const Topic& topic : chapter.topics) {
      text += fmt::format("### {}: {}\n\n", chapter.title, topic.title);
      for (const DeploymentRule& rule : topic.rules) text += section_of(rule);
    }
  }
  text.pop_back();  // the empty line behind the last
  return text;
}

}  // namespace wideep::rules_page
