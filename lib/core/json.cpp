#include "core/json.hpp"

#include <fmt/format.h>

#include <iterator>
#include <set>
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

/// Throws Fault.
Json parse(std::string_view text) {
  if (const auto valid = utf8_length(text); valid < text.size()) {
    throw Fault{valid, "is not UTF-8"};
  }
  const char* reached = text.data();
  const auto last_read = [&] { return static_cast<std::size_t>(reached - text.data()) - 1; };
  std::vector<std::set<std::string>> keys;  // of the objects and arrays that are open
  const auto check = [&](int, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (keys.size() == kDeepest) {
        throw Fault{last_read(), fmt::format("nests deeper than {} levels", kDeepest)};
      }
      keys.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    }
    if ((event == Event::key || event == Event::value) && value.is_string() &&
        value.get_ref<const std::string&>().find('\0') != std::string::npos) {
      throw Fault{last_read(), "is a text with the character U+0000"};
    }
    if (event == Event::key) {
      const auto& key = value.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) {
        throw Fault{last_read(), fmt::format("\"{}\" is given twice", key)};
      }
    }
    return true;
  };
  try {
    return Json::parse(Cursor(text.data(), &reached), Cursor(text.data() + text.size(), &reached),
                       check, true,
                       /*ignore_comments=*/true);
  } catch (const Json::parse_error& error) {
    throw Fault{error.byte > 0 ? error.byte - 1 : 0, "is not valid JSON"};
  } catch (const Json::out_of_range&) {
    throw Fault{last_read(), "is a number that is too large"};
  }
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
  return parse_json(read_file(file, kLargestJson), file.string());
}

std::optional<Json> load_json_if_valid(const std::filesystem::path& file) {
  try {
    return load_json(file);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace unetflow
