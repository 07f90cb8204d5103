#include "ingest/name_conflicts.hpp"

#include <algorithm>
#include <iterator>

namespace unetflow {
namespace {

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

/// Single letters from a to h that all names have as a word or before a number: rows of wells.
std::set<std::string> well_letters(const Names& names) {
  std::set<std::string> common;
  for (size_t i = 0; i < names.size(); ++i) {
    std::set<std::string> own;
    for (const auto& word : words_of(names[i])) {
      const bool single = word.size() == 1 || is_digit(word[1]);
      if (single && word[0] >= 'a' && word[0] <= 'h') own.insert(word.substr(0, 1));
    }
    common = i == 0 ? own : common_to(common, own);
  }
  return common;
}

/// Whether each side has such a letter, and none that the other has.
bool are_of_other_wells(const Names& images, const Names& labels) {
  const auto some = well_letters(images), others = well_letters(labels);
  return !some.empty() && !others.empty() && common_to(some, others).empty();
}

std::set<std::string> all_of(const std::vector<Names>& files) {
  std::set<std::string> all;
  for (const auto& folders : files) all.insert(folders.begin(), folders.end());
  return all;
}

bool is_channel(const std::string& word) {
  return word == "c" || word == "ch" || word == "w" || word == "channel";
}

}  // namespace

NameConflicts::Numbers NameConflicts::numbers_in(const std::string& name) {
  Numbers numbers;
  for (const auto& word : words_of(name)) {
    const auto digits =
        static_cast<size_t>(std::find_if(word.begin(), word.end(), is_digit) - word.begin());
    if (digits < word.size()) numbers[word.substr(0, digits)].insert(word.substr(digits));
  }
  return numbers;
}

std::vector<NameConflicts::Folders> NameConflicts::folders_in(const std::vector<Names>& files,
                                                              const std::set<std::string>& others) {
  constexpr size_t kLeast = 3;  // letters of a word
  std::vector<Folders> all;
  for (const auto& folders : files) {
    Folders& own = all.emplace_back();
    for (const auto& folder : folders) {
      if (others.contains(folder)) own.shared.insert(folder);
      for (auto& [word, numbers] : numbers_in(without_case({folder}).front())) {
        if (word.size() >= kLeast && word != "version") own.numbers[word].merge(numbers);
      }
    }
  }
  return all;
}

NameConflicts::NameConflicts(const Names& images, const Names& labels,
                             const std::vector<Names>& image_folders,
                             const std::vector<Names>& label_folders)
    : image_folders_(folders_in(image_folders, all_of(label_folders))),
      label_folders_(folders_in(label_folders, all_of(image_folders))) {
  const Names some = without_case(images), others = without_case(labels);
  for (const auto& word : words_of_all(some)) {
    for (const auto& other : words_of_all(others)) {
      words_differ_ = words_differ_ || differ_in_last_letter(word, other);
    }
  }
  words_differ_ = words_differ_ || are_of_other_wells(some, others);
  for (const auto& image : some) {
    images_.push_back(numbers_in(image));
    images_have_numbers_ = images_have_numbers_ || images_.back().contains("");
  }
  for (const auto& label : others) {
    const auto& own = labels_.emplace_back(numbers_in(label))[""];
    labels_lack_numbers_ = labels_lack_numbers_ || own.empty();
    label_numbers_ = labels_.size() == 1 ? own : common_to(label_numbers_, own);
  }
}

bool NameConflicts::between(size_t image, size_t label) const {
  if (words_differ_) return true;
  const Folders &image_folders = image_folders_[image], &label_folders = label_folders_[label];
  if (image_folders.shared != label_folders.shared) return true;
  for (const auto& [word, numbers] : image_folders.numbers) {
    const auto found = label_folders.numbers.find(word);
    if (found != label_folders.numbers.end() && common_to(numbers, found->second).empty()) {
      return true;
    }
  }
  const Numbers &of_image = images_[image], &of_label = labels_[label];
  for (const auto& [word, numbers] : of_image) {
    const auto found = of_label.find(word);
    if (found == of_label.end() || found->second.empty() || is_channel(word)) continue;
    if (common_to(numbers, found->second).empty()) return true;
  }
  const auto& others = of_label.at("");
  const auto bare = of_image.find("");
  if (bare == of_image.end()) {
    return !others.empty() && (images_have_numbers_ || labels_lack_numbers_);
  }
  const auto& some = bare->second;
  if (some.size() != others.size()) return false;
  return std::any_of(others.begin(), others.end(), [&](const std::string& number) {
    return !some.contains(number) && !label_numbers_.contains(number);
  });
}

}  // namespace unetflow
