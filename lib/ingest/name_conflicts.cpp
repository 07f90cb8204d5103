#include "ingest/name_conflicts.hpp"

#include <algorithm>
#include <iterator>

namespace unetflow {
namespace {

using Numbers = std::map<std::string, std::set<std::string>>;  ///< by the word before them, or ""

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Numbers numbers_in(const std::string& name) {
  Numbers numbers;
  for (const auto& word : words_of(name)) {
    const auto digits =
        static_cast<size_t>(std::find_if(word.begin(), word.end(), is_digit) - word.begin());
    if (digits < word.size()) numbers[word.substr(0, digits)].insert(word.substr(digits));
  }
  return numbers;
}

std::set<std::string> common_to(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::set<std::string> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
  return both;
}

std::set<std::string> words_of_all(const Names& names) {
  std::set<std::string> common;
  for (size_t i = 0; i < names.size(); ++i) {
    const Names words = words_of(names[i]);
    const std::set<std::string> own(words.begin(), words.end());
    common = i == 0 ? own : common_to(common, own);
  }
  return common;
}

bool differ_in_last_letter(const std::string& a, const std::string& b) {
  constexpr size_t kLeast = 4;
  return a.size() == b.size() && a.size() >= kLeast && a != b &&
         a.compare(0, a.size() - 1, b, 0, b.size() - 1) == 0 && !is_digit(a.back()) &&
         !is_digit(b.back());
}

bool is_channel(const std::string& word) {
  return word == "c" || word == "ch" || word == "w" || word == "channel";
}

}  // namespace

NameConflicts::NameConflicts(const Names& images, const Names& labels) {
  if (images.empty() || labels.empty()) return;
  const Names some = without_case(images), others = without_case(labels);
  for (const auto& word : words_of_all(some)) {
    for (const auto& other : words_of_all(others)) {
      words_differ_ = words_differ_ || differ_in_last_letter(word, other);
    }
  }
  for (const auto& image : some) {
    images_have_numbers_ = images_have_numbers_ || numbers_in(image).contains("");
  }
  for (size_t i = 0; i < others.size(); ++i) {
    const Numbers numbers = numbers_in(others[i]);
    const auto own = numbers.find("");
    if (own == numbers.end()) {
      labels_lack_numbers_ = true;
      label_numbers_.clear();
    } else {
      label_numbers_ = i == 0 ? own->second : common_to(label_numbers_, own->second);
    }
  }
}

bool NameConflicts::between(const std::string& image, const std::string& label) const {
  if (words_differ_) return true;
  Numbers of_image = numbers_in(without_case({image})[0]);
  Numbers of_label = numbers_in(without_case({label})[0]);
  for (const auto& [word, numbers] : of_image) {
    const auto found = of_label.find(word);
    if (found == of_label.end() || is_channel(word)) continue;
    if (common_to(numbers, found->second).empty()) return true;
  }
  const auto& some = of_image[""];
  const auto& others = of_label[""];
  if (some.empty()) return !others.empty() && (images_have_numbers_ || labels_lack_numbers_);
  if (some.size() != others.size()) return false;
  return std::any_of(others.begin(), others.end(), [&](const std::string& number) {
    return !some.contains(number) && !label_numbers_.contains(number);
  });
}

}  // namespace unetflow
