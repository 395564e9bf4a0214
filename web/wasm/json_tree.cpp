// parse_yaml() where there is no reader of YAML: of JSON, and of the values of `--set`.
// Texts in quotes are taken as without, since quantities travel as such: "10us".
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "input/node.h"

namespace wideep {
namespace {

class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
  using Json = nlohmann::json;

 public:
  explicit TreeBuilder(Place place) : place_(place) {}

  Node root;

  bool null() override { return add(make_node(Node::Kind::kNull, place_)); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(Json::number_integer_t value) override {
    return scalar(std::to_string(value));
  }
  bool number_unsigned(Json::number_unsigned_t value) override {
    return scalar(std::to_string(value));
  }
  bool number_float(double /*value*/, const std::string& text) override { return scalar(text); }
  bool string(std::string& value) override { return scalar(value); }
  bool binary(Json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*keys*/) override { return open(Node::Kind::kMap); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*items*/) override { return open(Node::Kind::kSequence); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    open_.back().entries.push_back({make_node(Node::Kind::kScalar, place_, name), {}});
    return true;
  }
  bool parse_error(std::size_t /*at*/,
                   const std::string& /*token*/,
                   const nlohmann::detail::exception& /*why*/) override {
    return false;
  }

 private:
  /// As parse_yaml() of files has it.
  static constexpr std::size_t kMaxDepth = 64;

  bool scalar(const std::string& text) { return add(make_node(Node::Kind::kScalar, place_, text)); }
  bool open(Node::Kind kind) {
    open_.push_back(make_node(kind, place_));
    return open_.size() <= kMaxDepth;
  }
  bool close() {
    Node done = std::move(open_.back());
    open_.pop_back();
    return add(std::move(done));
  }
  bool add(Node node) {
    if (open_.empty()) {
      root = std::move(node);
    } else if (open_.back().is_map()) {
      open_.back().entries.back().value = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
    return true;
  }

  Place place_;
  std::vector<Node> open_;
};

/// A value of `--set` as JSON: what stands bare in it, {8: 29us} or [none, dbo], in quotes.
std::string quoted(const std::string& flow) {
  constexpr const char* kMarks = "[]{},";
  std::string text;
  for (std::size_t at = 0; at < flow.size();) {
    const char c = flow[at];
    const bool after_key = c == ':' && at + 1 < flow.size() && flow[at + 1] == ' ';
    if (after_key || c == ' ' || std::string_view(kMarks).find(c) != std::string_view::npos) {
      text += c;
      ++at;
      continue;
    }
    std::size_t end = flow.find_first_of(kMarks, at);
    if (c == '"') {
      end = flow.find('"', at + 1);
      if (end != std::string::npos) ++end;
    } else {
      end = std::min({end, flow.find(": ", at), flow.size()});
    }
    const std::string word = flow.substr(at, end == std::string::npos ? end : end - at);
    const std::string bare = word.substr(0, word.find_last_not_of(' ') + 1);
    text += c == '"' || bare == "null" ? bare : '"' + bare + '"';
    at += word.size();
  }
  return text;
}

}  // namespace

Node parse_yaml(const Source& source, Findings& findings, std::size_t skip) {
  const Place place{&source, 1, static_cast<int>(skip) + 1};
  const std::string text = source.text.substr(skip);
  TreeBuilder builder(place);
  if (nlohmann::json::sax_parse(text, &builder)) return builder.root;
  TreeBuilder of_flow(place);
  if (skip > 0 && nlohmann::json::sax_parse(quoted(text), &of_flow)) return of_flow.root;
  findings.report({.where = place, .message = "this is not JSON", .rule = "not_yaml"});
  return {};
}

}  // namespace wideep
