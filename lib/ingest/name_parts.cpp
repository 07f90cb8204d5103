#include "ingest/name_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <unordered_map>

namespace unetflow {
namespace {

/// Whether a word's number is 0 so far.
bool is_zero(std::string_view word) {
  return word.ends_with('0') && (word.size() == 1 || !is_digit(word[word.size() - 2]));
}
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_small(c) || is_capital(c) || (c & 0x80); }

/// Unchanged where it is not UTF-8.
std::string normalised(const std::string& name, int options) {
  utf8proc_uint8_t* out = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                                 static_cast<utf8proc_ssize_t>(name.size()), &out,
                                 static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, std::free);
  return size < 0 ? name : std::string(out, out + size);
}

}  // namespace

Names split(const std::string& path) {
  Names parts;
  for (const auto& part : std::filesystem::path(path)) {
    parts.push_back(normalised(part.string(), UTF8PROC_COMPOSE));
  }
  return parts;
}

Names last_parts(const Names& paths) {
  Names names;
  for (const auto& path : paths) names.push_back(split(path).back());
  return names;
}

Names differing_parts(const Names& paths) {
  std::vector<Names> parts;
  for (const auto& path : paths) parts.push_back(split(path));
  const size_t depth = parts.front().size();
  const bool even = std::all_of(parts.begin(), parts.end(),
                                [&](const auto& path) { return path.size() == depth; });
  Names names(paths.size());
  if (!even || paths.size() == 1) {
    for (size_t i = 0; i < paths.size(); ++i)
      names[i] = fmt::format("{}", fmt::join(parts[i], "/"));
    return names;
  }
  for (size_t level = 0; level < depth; ++level) {
    const bool same = std::all_of(parts.begin(), parts.end(), [&](const auto& path) {
      return path[level] == parts.front()[level];
    });
    for (size_t i = 0; !same && i < paths.size(); ++i) {
      const auto here = parts[i].begin() + static_cast<std::ptrdiff_t>(level);
      if (std::find(parts[i].begin(), here, *here) != here) continue;
      names[i] += (names[i].empty() ? "" : "/") + *here;
    }
  }
  return names;
}

bool divides_number(std::string_view name, size_t at) {
  return at > 0 && at < name.size() && is_digit(name[at - 1]) && is_digit(name[at]);
}
bool divides_word(std::string_view name, size_t at) {
  return divides_number(name, at) ||
         (at > 0 && at < name.size() && is_letter(name[at - 1]) && is_letter(name[at]) &&
          !(is_small(name[at - 1]) && is_capital(name[at])));
}

Names words_of(const std::string& name) {
  Names words(1);
  for (size_t i = 0; i < name.size(); ++i) {
    const bool after_number = i > 0 && is_digit(name[i - 1]);
    if (!is_digit(name[i]) && (after_number || !is_letter(name[i]))) words.emplace_back();
    if (!is_digit(name[i]) && !is_letter(name[i])) continue;
    if (after_number && is_digit(name[i]) && is_zero(words.back())) words.back().pop_back();
    words.back() += name[i];
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  std::erase(words, "");
  return words;
}

Numbered numbered(const std::string& name) {
  Numbered out;
  for (size_t i = 0; i < name.size();) {
    if (!is_digit(name[i])) {
      out.pattern += name[i++];
      continue;
    }
    size_t end = i;
    while (end < name.size() && is_digit(name[end])) ++end;
    size_t letters = i;
    while (letters > 0 && is_letter(name[letters - 1])) --letters;
    out.letters.push_back(name.substr(letters, i - letters));
    while (i + 1 < end && name[i] == '0') ++i;
    out.numbers.push_back(name.substr(i, end - i));
    out.pattern += '#';
    i = end;
  }
  return out;
}

std::optional<std::vector<Names>> numbers_of(const Names& names) {
  std::vector<Names> all;
  const std::string pattern = numbered(names.front()).pattern;
  for (const auto& name : names) {
    Numbered found = numbered(name);
    if (found.pattern != pattern) return {};
    all.push_back(std::move(found.numbers));
  }
  return all;
}

std::vector<size_t> varying(const std::vector<Names>& numbers) {
  std::vector<size_t> places;
  for (size_t place = 0; place < numbers.front().size(); ++place) {
    if (std::any_of(numbers.begin(), numbers.end(), [&](const auto& of_name) {
          return of_name[place] != numbers.front()[place];
        })) {
      places.push_back(place);
    }
  }
  return places;
}

std::vector<size_t> compared_numbers(const std::vector<Names>& labels, size_t count) {
  std::vector<size_t> places = varying(labels);
  const size_t all = labels.front().size();
  if (places.size() > count || all < count) return {};
  if (places.size() == count) return places;
  places.resize(count);
  for (size_t i = 0; i < count; ++i) places[i] = all - count + i;
  return places;
}

std::vector<Names> folders_of(const Names& paths) {
  std::vector<Names> folders;
  for (const auto& path : paths) {
    folders.push_back(split(path));
    folders.back().pop_back();
  }
  return folders;
}

Names without_case(Names names) {
  for (auto& name : names) name = normalised(name, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  return names;
}

bool unique(const Names& names) {
  return std::unordered_set<std::string_view>(names.begin(), names.end()).size() == names.size();
}

std::pair<Names, Names> compared(const Names& images, const Names& labels) {
  Names image_stems = last_parts(images), label_stems = last_parts(labels);
  if (unique(image_stems) && unique(label_stems)) {
    return {std::move(image_stems), std::move(label_stems)};
  }
  return {differing_parts(images), differing_parts(labels)};
}

TellingWords::TellingWords(const Names& images) {
  std::unordered_map<std::string, size_t> counts;
  for (const auto& image : images) {
    for (const auto& word : words_of(image)) ++counts[word];
  }
  for (const auto& [word, count] : counts) {
    if (count < images.size()) words_.insert(word);
  }
}

Names TellingWords::of(const std::string& name) const {
  Names words = words_of(name);
  std::erase_if(words, [&](const std::string& word) { return !words_.contains(word); });
  return words;
}

}  // namespace unetflow
