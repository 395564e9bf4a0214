#include <cctype>

#include <fmt/format.h>

#include "described.h"

namespace wideep {
namespace {

/// Text in a manual page, in which a dash is a minus and a line may not begin with a dot.
std::string roff(const std::string& text) {
  std::string safe = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += c;
    }
  }
  return safe;
}

}  // namespace

std::string manual_page(const Described& of, const std::vector<Described>& all) {
  const std::string name = of.name("-");
  std::string text = fmt::format(
      ".TH {} 1 \"\" \"wideep-opt " WIDEEP_VERSION "\" \"User Commands\"\n", roff(name));
  std::string description = of.app->get_description();
  std::string brief = description.substr(0, description.find_first_of(".:\n"));
  brief.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(brief.front())));
  text += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(brief));
  text += fmt::format(".SH SYNOPSIS\n.B {}\n[OPTIONS]", roff(of.name(" ")));
  std::string options = ".TP\n.BR \\-h , \\-\\-help\nPrint this help and exit\n";
  for (const CLI::Option* option : options_of(*of.app)) {
    const std::string type = option->get_type_name();
    if (option->get_positional()) text += fmt::format(" {}...", roff(type));
    std::string what;
    for (const std::string& one : names_of(*option)) {
      what += fmt::format("{}\\fB{}\\fR", what.empty() ? "" : ", ", roff(one));
    }
    if (!type.empty()) what += fmt::format("{}\\fI{}\\fR", what.empty() ? "" : " ", roff(type));
    options += fmt::format(".TP\n{}\n{}{}\n",
                           what,
                           roff(option->get_description()),
                           option->get_required() ? " (required)" : "");
  }
  const auto below = commands_of(*of.app);
  text += below.empty() ? "\n" : " COMMAND\n";
  text += fmt::format(".SH DESCRIPTION\n{}\n.SH OPTIONS\n{}", roff(description), options);
  if (!below.empty()) text += ".SH COMMANDS\n";
  for (const CLI::App* command : below) {
    text += fmt::format(
        ".TP\n\\fB{}\\fR\n{}\n", roff(command->get_name()), roff(command->get_description()));
  }
  text +=
      ".SH EXIT STATUS\n0 ok, 1 internal error, 2 bad input, 3 the answer is no.\n.SH SEE ALSO\n";
  std::string others;
  for (const Described& other : all) {
    if (&other == &of || other.words.size() > 1) continue;
    others += fmt::format("{}\n.BR {} (1)", others.empty() ? "" : ",", roff(other.name("-")));
  }
  return text + others.substr(1) + "\n";
}

}  // namespace wideep
