#include "deploy/engine_flags.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "deploy/keys.h"
#include "deploy/shell_characters.h"
#include "deploy/text_place.h"

namespace wideep {
namespace {

std::string_view known_part(const ShellWord& word) {
  return word.text ? std::string_view(*word.text) : std::string_view(word.begin);
}

/// -tp and --tp-size, not -1 and not a lone dash.
bool is_flag(const ShellWord& word) {
  const std::string_view text = known_part(word);
  const std::size_t name = text.find_first_not_of('-');
  return name != std::string_view::npos && name > 0 && name <= 2 && is_shell_letter(text[name]);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.,-") == std::string_view::npos;
}

/// Whether only what separates words stands between two of them.
bool adjacent(const Source& source, std::size_t from, std::size_t to) {
  if (from > to || to > source.text.size()) return false;
  const std::string_view between = std::string_view(source.text).substr(from, to - from);
  return between.find_first_not_of(" \t\r\n\\\"',-") == std::string_view::npos;
}

class FlagReader {
 public:
  FlagReader(const EngineStart& start, Form form) : start_(start) { found_.flags.form = form; }

  CommandFlags read() {
    for (const ShellWord& word : start_.arguments) take(word);
    close();
    if (!start_.arguments.empty()) set_where_to_add();
    if (const Setting* const model = model_flag(); model != nullptr && model->value) {
      found_.model = {*model->value, model->value_at};
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] const Setting* model_flag() const {
    const Setting* const path = found_.flags.find("model-path");
    const Setting* const snake = path == nullptr ? found_.flags.find("model_path") : path;
    return snake == nullptr ? found_.flags.find("model") : snake;
  }

  void take(const ShellWord& word) {
    if (word.text == "--") return close();
    if (is_flag(word)) {
      close();
      return open(word);
    }
    // After a value, what may be any number of words may be more flags.
    const bool more_flags = !word.text && !word.alone && (!open_ || !values_.empty());
    if (more_flags) {
      close();
      return note_unknown(word);
    }
    if (open_ && goes_on(word)) {
      values_.push_back(&word);
      return;
    }
    close();
    take_positional(word);
  }

  void take_positional(const ShellWord& word) {
    if (!word.text) return note_unknown(word);
    if (start_.takes_model && !found_.model) found_.model = {*word.text, word.at};
  }

  void note_unknown(const ShellWord& word) {
    constexpr std::size_t kMostNoted = 20;
    if (found_.unknown.size() >= kMostNoted) return;
    std::string written;
    if (word.at.source != nullptr) {
      const std::string& text = word.at.source->text;
      const std::size_t begin = offset_of(word.at);
      const std::size_t end = std::min(text.find_first_of(" \t\r\n;", begin), text.size());
      written = text.substr(begin, end - begin);
      // The end of a text that the word stands in.
      if (!written.starts_with('"') && written.ends_with('"')) written.pop_back();
    }
    found_.unknown.push_back({std::move(written), word.at});
  }

  /// Whether a word is one more value of the open flag. A flag of one value may be followed by the
  /// model.
  [[nodiscard]] bool goes_on(const ShellWord& word) const {
    if (values_.empty() || !word.text) return true;
    const bool may_be_model = start_.takes_model && !found_.model;
    const bool is_path = word.text->find('/') != std::string::npos;
    const std::optional<std::string>& first = values_.front()->text;
    if (first && is_number(*first) != is_number(*word.text)) return !may_be_model;
    return is_number(*word.text) || !may_be_model || !is_path;
  }

  void open(const ShellWord& word) {
    const std::string_view text = known_part(word);
    const std::size_t equals = text.find('=');
    const std::string_view written = text.substr(0, equals);
    if (!word.text && equals == std::string_view::npos) return note_unknown(word);

    Setting setting{.key = canonical_key(start_.engine.value_or(ServingEngine::kVllm), written),
                    .value = {},
                    .written = std::string(written),
                    .at = word.at,
                    .value_at = word.at,
                    .whole = word.written};
    constexpr std::string_view kNo = "no-";
    const bool negative = setting.key.starts_with(kNo) || setting.key.starts_with("no_");
    if (equals != std::string_view::npos) {
      take_value_behind(word, equals, setting);
    } else if (negative) {
      setting.key.erase(0, kNo.size());
      setting.value = "false";
    } else if (is_switch(start_.engine.value_or(ServingEngine::kVllm), setting.key)) {
      setting.value = "true";
    } else {
      open_ = std::move(setting);
      key_word_ = &word;
      return;
    }
    found_.flags.all.push_back(std::move(setting));
  }

  /// --key=value
  void take_value_behind(const ShellWord& word, std::size_t equals, Setting& setting) {
    if (!word.text) return note_kv_role(setting.key, word.begin);
    setting.value = word.text->substr(equals + 1);
    setting.value_in = word.extent(equals + 1, word.text->size());
    const TextExtent& value = setting.value_in;
    const bool inside = setting.whole.begin <= value.begin && value.end <= setting.whole.end;
    if (!value.empty() && !inside) {
      setting.whole = setting.value_in = {};  // put together from places apart
    }
    // The column of what stands there as it is.
    if (!setting.value_in.empty() && !word.written.empty()) {
      setting.value_at.column += static_cast<int>(setting.value_in.begin - word.written.begin);
    }
  }

  void note_kv_role(std::string_view key, std::string_view value) {
    if (key != "kv-transfer-config") return;
    const std::size_t name = value.find("kv_role");
    const std::size_t role = name == std::string_view::npos ? name : value.find("kv_", name + 1);
    if (role == std::string_view::npos) return;
    const std::string_view rest = value.substr(role);
    const std::size_t end = rest.find_first_of("\"'\\");
    // Without its end it may be another one.
    if (end != std::string_view::npos) found_.kv_role = rest.substr(0, end);
  }

  /// The open flag has got its values.
  void close() {
    if (!open_) return;
    Setting setting = std::move(*open_);
    open_.reset();
    if (values_.empty()) {
      setting.value = "true";
    } else {
      set_values(setting);
    }
    values_.clear();
    found_.flags.all.push_back(std::move(setting));
  }

  void set_values(Setting& setting) {
    const ShellWord& first = *values_.front();
    const ShellWord& last = *values_.back();
    setting.value_at = first.at;
    std::string value;
    bool known = true;
    for (const ShellWord* word : values_) {
      known = known && word->text.has_value();
      if (word != &first) value += ' ';
      value += known_part(*word);
    }
    if (!known) note_kv_role(setting.key, value);
    const Source* const source = setting.at.source;
    const bool placed = source != nullptr && !key_word_->written.empty() && !last.written.empty() &&
                        adjacent(*source, key_word_->written.end, first.written.begin) &&
                        last.written.end > key_word_->written.end;
    setting.whole = placed ? TextExtent{key_word_->written.begin, last.written.end} : TextExtent{};
    if (!known) return;
    if (!first.raw.empty() && !last.raw.empty() && source != nullptr &&
        first.raw.begin + value.size() == last.raw.end &&
        source->text.compare(first.raw.begin, value.size(), value) == 0) {
      setting.value_in = {first.raw.begin, last.raw.end};
    }
    setting.value = std::move(value);
  }

  /// Behind the last word that stands in the source, but not between a flag and its value.
  void set_where_to_add() {
    const std::vector<ShellWord>& words = start_.arguments;
    for (std::size_t at = words.size(); at-- > 0;) {
      if (words[at].written.empty()) continue;
      if (at + 1 < words.size() && !is_flag(words[at + 1])) continue;
      found_.flags.add_after = words[at].written.end;
      found_.flags.add_at = words[at].at;
      return;
    }
  }

  const EngineStart& start_;
  CommandFlags found_;
  std::optional<Setting> open_;
  const ShellWord* key_word_ = nullptr;
  std::vector<const ShellWord*> values_;
};

}  // namespace

CommandFlags engine_flags(const EngineStart& start, Form form) {
  return FlagReader(start, form).read();
}

}  // namespace wideep
