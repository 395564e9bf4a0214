#include <fmt/format.h>
#include <fmt/ranges.h>

#include "described.h"

namespace wideep {
namespace {

/// Branches of a case that take the words of a command together.
std::string known_commands(const std::vector<Described>& all) {
  std::string known;
  for (const Described& of : all) {
    if (of.words.empty()) continue;
    known += fmt::format("      '{0}') command='{0}' ;;\n", fmt::join(of.words, " "));
  }
  return known;
}

}  // namespace

std::string bash_completion(const std::vector<Described>& all) {
  std::string cases;
  std::string values;
  for (const Described& of : all) {
    std::string offered = "--help";
    for (const CLI::Option* option : options_of(*of.app)) {
      if (option->get_positional()) offered += " " + values_of(*option).words;
      for (const std::string& name : names_of(*option)) {
        offered += " " + name;
        if (!takes_value(*option)) continue;
        const Values known = values_of(*option);
        values += fmt::format("    '{} {}') words='{}'; files={} ;;\n",
                              fmt::join(of.words, " "),
                              name,
                              known.words,
                              known.files ? 1 : 0);
      }
    }
    for (const CLI::App* below : commands_of(*of.app)) {
      offered += " " + below->get_name();
    }
    cases += fmt::format("    '{}') offered='{}' ;;\n", fmt::join(of.words, " "), offered);
  }
  return "# Completion of wideep-opt for bash.\n"
         "_wideep_opt() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command='' at word offered='' words='' files=0\n"
         "  for (( at = 1; at < COMP_CWORD; ++at )); do\n"
         "    word=${COMP_WORDS[at]}\n"
         "    [[ $word == -* ]] && break\n"
         "    case \"${command:+$command }$word\" in\n" +
         known_commands(all) +
         "      *) break ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$command $previous\" in\n" +
         values +
         "  esac\n"
         "  if [[ -n $words || $files == 1 ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"; (( files )) && "
         "compgen -f -- \"$current\")\n"
         "    return\n"
         "  fi\n"
         "  case \"$command\" in\n" +
         cases +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$offered\" -- \"$current\"; [[ $current == -* ]] "
         "|| compgen -f -- \"$current\")\n"
         "}\n"
         "complete -o filenames -F _wideep_opt wideep-opt\n";
}

}  // namespace wideep
