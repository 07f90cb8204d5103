#include "core/json.hpp"

#include <fmt/format.h>

#include <iterator>
#include <vector>

#include "core/error.hpp"
#include "core/printable.hpp"
#include "core/read_file.hpp"
#include "core/utf8.hpp"

namespace unetflow {
namespace {

constexpr std::size_t kDeepest = 64;

/// Reads a text and tells how far the parser has come.
class Cursor {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

struct Fault {
  std::size_t byte;
  std::string problem;
};

/// "3:7", counted in characters from 1.
std::string line_and_column(std::string_view text, std::size_t byte) {
  std::size_t line = 1, column = 1;
  for (const char c : text.substr(0, byte)) {
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((c & 0xC0) != 0x80) {
      ++column;
    }
  }
  return fmt::format("{}:{}", line, column);
}

/// Builds the document as it is read, and throws Fault where it breaks a rule. Considered and
/// dropped: the library's parser with a callback, which at the end of each value looks at all of
/// those beside it.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::string_view text) : text_(text), reached_(text.data()) {}

  Json build() {
    Json::sax_parse(Cursor(text_.data(), &reached_), Cursor(text_.data() + text_.size(), &reached_),
                    this, Json::input_format_t::json, true, /*ignore_comments=*/true);
    return std::move(root_);
  }

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return check(value) && add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }  // JSON has none
  bool key(std::string& name) override {
    check(name);
    const auto [entry, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
    if (!is_new) throw Fault{last_read(), fmt::format("\"{}\" is given twice", name)};
    value_ = &entry->second;
    return true;
  }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception& error) override {
    const bool too_large = dynamic_cast<const Json::out_of_range*>(&error) != nullptr;
    if (too_large) throw Fault{last_read(), "is a number that is too large"};
    throw Fault{byte > 0 ? byte - 1 : 0, "is not valid JSON"};
  }

 private:
  std::size_t last_read() const { return static_cast<std::size_t>(reached_ - text_.data()) - 1; }
  bool check(const std::string& text) const {
    if (text.find('\0') == std::string::npos) return true;
    throw Fault{last_read(), "is a text with the character U+0000"};
  }
  /// Puts the value in its place, the next of an array or behind its key.
  bool add(Json value) {
    if (!open_.empty() && open_.back()->is_array()) value_ = &open_.back()->emplace_back();
    *value_ = std::move(value);
    return true;
  }
  bool open(Json empty) {
    if (open_.size() == kDeepest) {
      throw Fault{last_read(), fmt::format("nests deeper than {} levels", kDeepest)};
    }
    add(std::move(empty));
    open_.push_back(value_);
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const char* reached_;
  Json root_;
  Json* value_ = &root_;     // where the next value belongs, but in an array
  std::vector<Json*> open_;  // objects and arrays
};

/// Throws Fault.
Json parse(std::string_view text) {
  if (const auto valid = utf8_length(text); valid < text.size()) {
    throw Fault{valid, "is not UTF-8"};
  }
  return Builder(text).build();
}

}  // namespace

Json parse_json(std::string_view text, const std::string& place) {
  try {
    return parse(text);
  } catch (const Fault& fault) {
    throw InputError(fmt::format("{}:{}", place, line_and_column(text, fault.byte)), fault.problem);
  }
}

std::optional<Json> json_if_valid(std::string_view text) {
  try {
    return parse(text);
  } catch (const Fault&) {
    return std::nullopt;
  }
}

Json load_json(const std::filesystem::path& file) {
  return parse_json(read_text(file, kLargestJson), file.string());
}

std::optional<Json> load_json_if_valid(const std::filesystem::path& file) {
  try {
    return load_json(file);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace unetflow
