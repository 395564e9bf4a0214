#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "input/diagnostic.h"
#include "input/node.h"

namespace wideep {
namespace {

/// Our deepest file has 5 levels.
constexpr std::size_t kMaxDepth = 64;
/// Values in a file once its aliases are expanded, those kept for aliases counted again; a table of
/// counts has some 10,000.
constexpr std::size_t kMaxNodes = 200'000;
/// Keys of one mapping: ours have some 30, a config.json that says of each module how it is
/// quantized has 50,000.
constexpr std::size_t kMaxKeys = 100'000;

constexpr const char* kTooManyValues = "the file holds too many values";

/// Whether a text would make more values than are kept. Told before it is parsed: the parser holds
/// all of a line in memory before it hands over any of it.
bool holds_too_much(const std::string& text) {
  std::size_t values = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++at;
    if (!quoted && (c == ',' || c == '[' || c == '{')) ++values;
  }
  return values > kMaxNodes;
}

/// Something about the document that stops its reading.
struct Refused : std::runtime_error {
  Refused(YAML::Mark at, const char* why) : std::runtime_error(why), mark(at) {}
  YAML::Mark mark;
};

/// Whether a tag says no more than the value itself does: none, "!" (a scalar in quotes), or a type
/// of YAML's core schema (YAML 1.2.2, chapter 10.3).
bool is_core_tag(std::string_view tag) {
  constexpr std::string_view kCore = "tag:yaml.org,2002:";
  constexpr std::array<std::string_view, 6> kTypes{"str", "int", "float", "bool", "seq", "map"};
  if (tag.empty() || tag == "!" || tag == "?") return true;
  if (!tag.starts_with(kCore)) return false;
  tag.remove_prefix(kCore.size());
  return std::find(kTypes.begin(), kTypes.end(), tag) != kTypes.end();
}

/// Builds the tree from yaml-cpp's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Source& source, std::size_t skip, Findings& findings)
      : source_(source), skip_(skip), findings_(findings) {}

  Node root;

  [[nodiscard]] Place place_of(const YAML::Mark& mark) const {
    const int line = mark.line < 0 ? 0 : mark.line;
    const int shift = line == 0 ? static_cast<int>(skip_) : 0;
    return {&source_, line + 1, (mark.column < 0 ? 0 : mark.column) + shift + 1};
  }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(mark, anchor, make_node(Node::Kind::kNull, place_of(mark)));
  }
  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    report_unknown_tag(mark, tag);
    Node node = make_node(Node::Kind::kScalar, place_of(mark), value);
    // yaml-cpp's tag of a scalar in quotes is "!", without "?".
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    leaf(mark, anchor, std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known == anchored_.end()) throw Refused(mark, "this alias refers to what contains it");
    count(mark, known->second.size);
    add(known->second.node, known->second.size);
  }
  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    report_unknown_tag(mark, tag);
    open(mark, anchor, Node::Kind::kSequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    report_unknown_tag(mark, tag);
    open(mark, anchor, Node::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t size = 1;  ///< nodes in it so far
    bool has_key = false;  ///< a map that waits for the value of its last key
  };
  struct Anchored {
    Node node;
    std::size_t size = 1;
  };

  void count(const YAML::Mark& mark, std::size_t nodes) {
    count_ += nodes;
    if (count_ > kMaxNodes) throw Refused(mark, kTooManyValues);
  }

  /// Keeps a copy for the aliases to come. One within another is copied again with it.
  void keep(const YAML::Mark& mark, YAML::anchor_t anchor, const Node& node, std::size_t size) {
    count(mark, size);
    anchored_[anchor] = {node, size};
  }

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Node node) {
    count(mark, 1);
    if (anchor != 0) keep(mark, anchor, node, 1);
    add(std::move(node), 1);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    count(mark, 1);
    if (stack_.size() >= kMaxDepth) throw Refused(mark, "the file is nested too deeply");
    stack_.push_back({make_node(kind, place_of(mark)), mark, anchor});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    report_repeated_keys(done.node);
    if (done.anchor != 0) keep(done.mark, done.anchor, done.node, done.size);
    add(std::move(done.node), done.size);
  }

  /// A tag may mean anything: an include, a value taken away, a secret put in.
  void report_unknown_tag(const YAML::Mark& mark, const std::string& tag) {
    if (is_core_tag(tag)) return;
    findings_.report(place_of(mark),
                     fmt::format("the tag '{}' is not known", tag),
                     "write the value without it");
  }

  void report_repeated_keys(const Node& map) {
    std::set<std::string_view> seen;
    for (const Entry& entry : map.entries) {
      if (!entry.key.is_scalar() || seen.insert(entry.key.text).second) continue;
      findings_.report({.where = entry.key.place,
                        .message = fmt::format("'{}' is given twice", entry.key.text),
                        .rule = std::string(kRepeatedKey)});
    }
  }

  void add(Node node, std::size_t size) {
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    parent.size += size;
    if (parent.node.kind == Node::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      // The mark of an empty value is that of whatever follows it: show its key instead.
      if (node.kind == Node::Kind::kNull) node.place = parent.node.entries.back().key.place;
      parent.node.entries.back().value = std::move(node);
      parent.has_key = false;
    } else {
      if (parent.node.entries.size() == kMaxKeys) {
        throw Refused(parent.mark, "this mapping has too many keys");
      }
      parent.node.entries.push_back({std::move(node), {}});
      parent.has_key = true;
    }
  }

  const Source& source_;
  std::size_t skip_;
  Findings& findings_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  std::size_t count_ = 0;
};

/// What to do about a line whose indentation has a tab in it; nothing of another line.
std::string tab_begins(std::string_view line) {
  const std::string_view indentation = line.substr(0, line.find_first_not_of(" \t"));
  return indentation.find('\t') == indentation.npos
             ? ""
             : "indent with spaces: this line begins with a tab";
}

}  // namespace

Node parse_yaml(const Source& source, Findings& findings, std::size_t skip) {
  TreeBuilder builder(source, skip, findings);
  if (holds_too_much(source.text)) {
    findings.report({&source, 1, 1}, kTooManyValues);
    return {};
  }
  try {
    std::istringstream stream(source.text.substr(skip));
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder) || builder.root.kind == Node::Kind::kNull) {
      findings.report({&source, 1, static_cast<int>(skip) + 1},
                      skip == 0 ? "the file is empty" : "the value is missing");
      return {};
    }
    TreeBuilder second(source, skip, findings);
    if (parser.HandleNextDocument(second)) {
      findings.report(second.root.place, "only one YAML document is read from a file");
      return {};
    }
  } catch (const Refused& refused) {
    findings.report(
        {.where = builder.place_of(refused.mark), .message = refused.what(), .rule = "not_yaml"});
    return {};
  } catch (const YAML::Exception& fault) {
    const Place place = builder.place_of(fault.mark);
    findings.report({.where = place,
                     .message = "not YAML: " + fault.msg,
                     .help = tab_begins(line_of(source.text, place.line)),
                     .rule = "not_yaml"});
    return {};
  }
  return builder.root;
}

}  // namespace wideep
