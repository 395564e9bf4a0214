#include "deploy/shell_variables.h"

#include <algorithm>
#include <utility>

namespace wideep {
namespace {

/// Longer ones are not needed to start anything.
constexpr std::size_t kMostElements = 4096;
constexpr std::size_t kMostText = 1U << 16U;

ShellText unknown_text() {
  ShellText text;
  text.add_unknown(kUnknownWords);
  return text;
}

std::size_t size_of(const ShellVariable& variable) {
  std::size_t size = 0;
  for (const ShellText& value : variable.values) {
    size += value.text.size() + sizeof(ShellText) + value.pieces.size() * sizeof(TextPiece);
  }
  return size;
}

void bound(ShellVariable& variable) {
  if (variable.values.size() > kMostElements) {
    variable.values.resize(kMostElements);
    variable.values.push_back(unknown_text());
  }
  for (ShellText& value : variable.values) {
    if (value.text.size() > kMostText) value = unknown_text();
  }
}

bool same_values(const ShellVariable& one, const ShellVariable& other) {
  return one.is_array == other.is_array &&
         std::equal(one.values.begin(),
                    one.values.end(),
                    other.values.begin(),
                    other.values.end(),
                    [](const ShellText& a, const ShellText& b) { return a.text == b.text; });
}

/// The elements that two arrays begin with, then unknown ones.
ShellVariable either_array(const ShellVariable& one, const ShellVariable& other) {
  const auto differ = std::mismatch(one.values.begin(),
                                    one.values.end(),
                                    other.values.begin(),
                                    other.values.end(),
                                    [](const auto& a, const auto& b) { return a.text == b.text; });
  ShellVariable both{.values = {one.values.begin(), differ.first}, .is_array = true};
  both.values.push_back(unknown_text());
  return both;
}

}  // namespace

const ShellText* ShellVariable::text() const {
  return is_array || values.empty() ? nullptr : &values.front();
}

ShellVariable unknown_variable() {
  return {.values = {unknown_text()}};
}

const ShellVariable* ShellVariables::find(std::string_view name) const {
  const auto found = now_.find(name);
  return found == now_.end() ? nullptr : found->second.get();
}

void ShellVariables::put(const std::string& name, Value value) {
  Value& now = now_[name];
  if (!forks_.empty()) forks_.back().before.try_emplace(name, now);
  now = std::move(value);
  if (now == nullptr) now_.erase(name);
}

void ShellVariables::set(const std::string& name, ShellVariable value) {
  const ShellVariable* const now = find(name);
  value.exported = value.exported || (now != nullptr && now->exported);
  // Something unknown has the place of what it was.
  if (now != nullptr && value.at.source == nullptr) {
    value.at = now->at;
    value.written = now->written;
  }
  bound(value);
  put(name, std::make_shared<ShellVariable>(std::move(value)));
}

void ShellVariables::append(const std::string& name, ShellVariable more) {
  bound(more);
  const auto found = now_.find(name);
  if (found == now_.end()) {
    // What it was is not in the script.
    if (!more.is_array) more = unknown_variable();
    return set(name, std::move(more));
  }
  const bool noted = forks_.empty() || forks_.back().before.contains(name);
  if (!noted || found->second.use_count() > 1) {
    if (!spend(size_of(*found->second))) return set(name, unknown_variable());
    put(name, std::make_shared<ShellVariable>(*found->second));
  }
  ShellVariable& now = *now_.find(name)->second;
  if (now.values.size() > kMostElements) return;
  if (more.is_array) {
    now.is_array = true;
    std::move(more.values.begin(), more.values.end(), std::back_inserter(now.values));
  } else if (now.values.empty()) {
    now.values = std::move(more.values);
  } else {
    const ShellText& text = more.values.front();
    now.values.front().add(text, 0, text.text.size());
    now.values.front().written = {};
  }
  now.exported = now.exported || more.exported;
  now.whole = {};
  const bool long_text = !now.values.empty() && now.values.front().text.size() > kMostText;
  if (long_text || now.values.size() > kMostElements) bound(now);
}

void ShellVariables::unset(const std::string& name) {
  if (now_.contains(name)) put(name, nullptr);
}

void ShellVariables::export_name(const std::string& name) {
  const ShellVariable* const now = find(name);
  if (now == nullptr || now->exported) return;
  if (!spend(size_of(*now))) return set(name, unknown_variable());
  ShellVariable copy = *now;
  copy.exported = true;
  set(name, std::move(copy));
}

void ShellVariables::blur(const std::string& name, bool appended) {
  const ShellVariable* const now = find(name);
  if (now == nullptr || !appended || !spend(size_of(*now))) return set(name, unknown_variable());
  ShellVariable blurred = *now;
  if (blurred.is_array || blurred.values.empty()) {
    blurred.values.push_back(unknown_text());
  } else {
    blurred.values.front().add_unknown(kUnknownWords);
  }
  set(name, std::move(blurred));
}

void ShellVariables::open_fork() {
  forks_.emplace_back();
}

void ShellVariables::end_branch() {
  Fork& fork = forks_.back();
  ++fork.branches;
  for (auto& [name, before] : fork.before) {
    const auto now = now_.find(name);
    const Value value = now == now_.end() ? nullptr : now->second;
    const auto [outcome, first] = fork.outcomes.try_emplace(name, Outcome{value, 0});
    if (!first) outcome->second.value = either_of(outcome->second.value, value);
    ++outcome->second.branches;
    if (before == nullptr) {
      now_.erase(name);
    } else {
      now_[name] = std::move(before);
    }
  }
  fork.before.clear();
}

void ShellVariables::next_branch() {
  end_branch();
}

void ShellVariables::close_fork(bool complete, bool in_branch) {
  if (in_branch) end_branch();
  const Fork fork = std::move(forks_.back());
  forks_.pop_back();
  for (const auto& [name, outcome] : fork.outcomes) {
    const bool always = complete && outcome.branches == fork.branches;
    const auto now = now_.find(name);
    const Value before = now == now_.end() ? nullptr : now->second;
    put(name, always ? outcome.value : either_of(before, outcome.value));
  }
}

void ShellVariables::discard_fork() {
  end_branch();
  forks_.pop_back();
}

ShellVariables::Value ShellVariables::either_of(const Value& one, const Value& other) {
  if (one == other) return one;
  const bool exported = (one != nullptr && one->exported) || (other != nullptr && other->exported);
  ShellVariable both = unknown_variable();
  if (one != nullptr && other != nullptr && spend(size_of(*one))) {
    if (same_values(*one, *other)) {
      both = *one;
    } else if (one->is_array && other->is_array) {
      both = either_array(*one, *other);
    } else if (one->text() != nullptr && other->text() != nullptr) {
      both.values = {either(*one->text(), *other->text())};
    }
  }
  const ShellVariable* const set = other != nullptr ? other.get() : one.get();
  both.at = set->at;
  both.written = set->written;
  both.exported = exported;
  return std::make_shared<ShellVariable>(std::move(both));
}

std::vector<std::pair<std::string, const ShellVariable*>> ShellVariables::exported() const {
  std::vector<std::pair<std::string, const ShellVariable*>> found;
  for (const auto& [name, value] : now_) {
    if (value->exported && !value->is_array) found.emplace_back(name, value.get());
  }
  return found;
}

ShellVariables ShellVariables::inherited(bool same_source) {
  ShellVariables child;
  child.left_ = left_;
  for (const auto& [name, variable] : exported()) {
    if (!spend(size_of(*variable))) break;
    child.now_[name] = std::make_shared<ShellVariable>(*variable);
    if (same_source) continue;
    for (ShellText& value : child.now_[name]->values) {
      ShellText elsewhere;
      elsewhere.add(value.text, std::nullopt);
      value = std::move(elsewhere);
    }
    child.now_[name]->whole = {};
  }
  return child;
}

bool ShellVariables::spend(std::size_t bytes) {
  *left_ = bytes >= *left_ ? 0 : *left_ - bytes;
  return *left_ > 0;
}

Setting setting_of(const std::string& name, const ShellVariable& variable, const EmbeddedText& in) {
  Setting setting{.key = name,
                  .value = std::nullopt,
                  .written = variable.written,
                  .at = variable.at,
                  .value_at = variable.at};
  const ShellText* const text = variable.text();
  if (text == nullptr) return setting;
  if (text->known()) setting.value = text->text;
  if (text->at) setting.value_at = in.source_place(*text->at);
  const bool own = std::all_of(
      text->pieces.begin(), text->pieces.end(), [](const TextPiece& piece) { return piece.own; });
  if (own) setting.value_in = extent_of_pieces(text->pieces, 0, text->text.size());
  setting.whole = variable.whole;
  return setting;
}

}  // namespace wideep
