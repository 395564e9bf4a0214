// Findings as machines take them that show them beside the files.
#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "report/check_report.h"
#include "rules/rule.h"

namespace wideep {
namespace {

/// docs.github.com, workflow commands: what would end a command or a property of it.
std::string for_github(std::string_view text, bool property) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '%':
        escaped += "%25";
        break;
      case '\r':
        escaped += "%0D";
        break;
      case '\n':
        escaped += "%0A";
        break;
      case ':':
        escaped += property ? "%3A" : ":";
        break;
      case ',':
        escaped += property ? "%2C" : ",";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// UTF-8 (RFC 3629): lead bytes by the length that they announce, and what carries bits.
constexpr unsigned kFirstLead = 0xC2;
constexpr unsigned kLeadOfThree = 0xE0;
constexpr unsigned kLeadOfFour = 0xF0;
constexpr unsigned kLastLead = 0xF4;
constexpr unsigned kAnyLead = 0xFF;
constexpr unsigned kSignMask = 0xC0;
constexpr unsigned kSign = 0x80;
constexpr unsigned kBitsMask = 0x3F;
constexpr unsigned kBits = 6;
// Code points: the first of so many bytes, those of surrogates, those that XML leaves out.
constexpr char32_t kFirstOfThree = 0x800;
constexpr char32_t kFirstOfFour = 0x10000;
constexpr char32_t kFirstSurrogate = 0xD800;
constexpr char32_t kLastSurrogate = 0xDFFF;
constexpr char32_t kFirstLeftOut = 0xFFFE;
constexpr char32_t kLastLeftOut = 0xFFFF;
constexpr char32_t kLast = 0x10FFFF;

/// The bytes of the first character of a text where XML 1.0 has it, beyond ASCII: well-formed UTF-8
/// of no surrogate, of neither U+FFFE nor U+FFFF. 0 where it has none.
std::size_t xml_character(std::string_view text) {
  constexpr std::size_t kLongest = 4;
  const auto byte = [text](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[at]));
  };
  const std::size_t size = byte(0) >= kLeadOfFour ? kLongest : byte(0) >= kLeadOfThree ? 3 : 2;
  if (byte(0) < kFirstLead || byte(0) > kLastLead || text.size() < size) return 0;
  char32_t code = byte(0) & (kAnyLead >> (size + 1));
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & kSignMask) != kSign) return 0;
    code = (code << kBits) | (byte(at) & kBitsMask);
  }
  const bool too_long =
      (size == 3 && code < kFirstOfThree) || (size == kLongest && code < kFirstOfFour);
  const bool surrogate = code >= kFirstSurrogate && code <= kLastSurrogate;
  const bool left_out = (code >= kFirstLeftOut && code <= kLastLeftOut) || code > kLast;
  return too_long || surrogate || left_out ? 0 : size;
}

/// What XML 1.0 has no character for, not even escaped, is replaced.
std::string for_xml(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string escaped;
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) >= kSign) {
      const std::size_t size = xml_character(text);
      escaped += size == 0 ? kReplacement : text.substr(0, size);
      text.remove_prefix(std::max<std::size_t>(size, 1));
      continue;
    }
    const char c = text[0];
    text.remove_prefix(1);
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
        escaped += "&#10;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return escaped;
}

/// RFC 3986: a path as a relative reference, an absolute one as RFC 8089 has it.
std::string for_uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

std::string with_fix(const Finding& finding) {
  return finding.fix.empty() ? finding.message : finding.message + ". Fix: " + finding.fix;
}

std::string_view github_level(Grade grade) {
  switch (grade) {
    case Grade::kError:
      return "error";
    case Grade::kWarning:
      return "warning";
    case Grade::kAdvice:
      break;
  }
  return "notice";
}

std::string_view sarif_level(Grade grade) {
  return grade == Grade::kAdvice ? "note" : github_level(grade);
}

/// What is known of a rule beside its name.
Json sarif_rule(const std::string& name) {
  Json rule{{"id", name}};
  const DeploymentRule* const known = deployment_rule(name);
  if (known == nullptr) return rule;
  rule["fullDescription"] = {{"text", known->what}};
  rule["help"] = {
      {"text",
       fmt::format(
           "Fix: {}\nSource: {}\nVersions: {}", known->fix, known->source, versions_of(*known))}};
  rule["defaultConfiguration"] = {{"level", sarif_level(known->grade)}};
  return rule;
}

Json sarif_location(const Finding& finding) {
  Json place{{"artifactLocation", {{"uri", for_uri(finding.file)}}}};
  if (finding.line) {
    place["region"] = {{"startLine", *finding.line}};
    if (finding.column) place["region"]["startColumn"] = *finding.column;
  }
  return {{"physicalLocation", std::move(place)}};
}

std::string junit_failures(const std::vector<const Finding*>& findings) {
  std::string text;
  for (const Finding* finding : findings) {
    const std::string place =
        finding->line ? fmt::format("{}:{}", finding->file, *finding->line) : finding->file;
    text += fmt::format("      {}: {}: {} [{}]\n",
                        for_xml(place),
                        name_of(finding->grade),
                        for_xml(with_fix(*finding)),
                        for_xml(finding->rule));
  }
  return text;
}

}  // namespace

std::string check_github(const CheckReport& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    text +=
        fmt::format("::{} file={}", github_level(finding.grade), for_github(finding.file, true));
    if (finding.line) text += fmt::format(",line={}", *finding.line);
    if (finding.line && finding.column) text += fmt::format(",col={}", *finding.column);
    text += fmt::format(
        ",title={}::{}\n", for_github(finding.rule, true), for_github(with_fix(finding), false));
  }
  return text;
}

Json check_sarif(const CheckReport& report) {
  std::map<std::string, std::size_t> indices;
  Json rules = Json::array();
  Json results = Json::array();
  for (const Finding& finding : report.findings) {
    const auto [index, is_new] = indices.emplace(finding.rule, indices.size());
    if (is_new) rules.push_back(sarif_rule(finding.rule));
    results.push_back({{"ruleId", finding.rule},
                       {"ruleIndex", index->second},
                       {"level", sarif_level(finding.grade)},
                       {"message", {{"text", with_fix(finding)}}},
                       {"locations", Json::array({sarif_location(finding)})}});
  }
  Json driver{{"name", "wideep-opt"}, {"rules", std::move(rules)}};
  Json run{{"tool", {{"driver", std::move(driver)}}},
           {"columnKind", "unicodeCodePoints"},
           {"results", std::move(results)}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", Json::array({std::move(run)})}};
}

std::string check_junit(const CheckReport& report) {
  std::map<std::string, std::vector<const Finding*>> by_file;
  for (const FileReport& file : report.files) by_file[file.file];
  for (const Finding& finding : report.findings) by_file[finding.file].push_back(&finding);
  std::size_t failed = 0;
  std::string cases;
  for (const auto& [file, findings] : by_file) {
    const auto errors = std::count_if(findings.begin(), findings.end(), [](const Finding* one) {
      return one->grade == Grade::kError;
    });
    cases +=
        fmt::format("    <testcase classname=\"wideep-opt check\" name=\"{}\">\n", for_xml(file));
    if (errors > 0) {
      ++failed;
      cases += fmt::format("      <failure message=\"{} error{}\">\n{}      </failure>\n",
                           errors,
                           errors == 1 ? "" : "s",
                           junit_failures(findings));
    } else if (!findings.empty()) {
      cases += fmt::format("      <system-out>\n{}      </system-out>\n", junit_failures(findings));
    }
    cases += "    </testcase>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"wideep-opt check\" tests=\"{}\" failures=\"{}\">\n{}  "
      "</testsuite>\n</testsuites>\n",
      by_file.size(),
      failed,
      cases);
}

}  // namespace wideep
