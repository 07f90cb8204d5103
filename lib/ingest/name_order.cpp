#include "ingest/name_order.hpp"

#include <algorithm>
#include <unordered_map>

namespace unetflow {
namespace {

/// Whether a word stands in another, where a prefix may be glued to it, but no digit.
bool stands_in(const std::string& word, const std::string& other) {
  for (size_t at = other.find(word); at != std::string::npos; at = other.find(word, at + 1)) {
    if (!divides_number(other, at) && !divides_number(other, at + word.size())) return true;
  }
  return false;
}

/// The words of each image that no other has.
std::vector<Names> own_words(const Names& images) {
  std::unordered_map<std::string, size_t> counts;
  std::vector<Names> words;
  for (const auto& image : images) {
    for (const auto& word : words.emplace_back(words_of(image))) ++counts[word];
  }
  constexpr size_t kLeast = 2;  // letters and digits: shorter ones may be there by chance
  for (auto& own : words) {
    std::erase_if(own, [&](const auto& word) { return word.size() < kLeast || counts[word] > 1; });
  }
  return words;
}

/// Whether a number of each image is, in some place of the labels' names, that of another label.
bool numbers_in_other_order(const Names& image_names, const Names& label_names) {
  const auto images = numbers_of(image_names), labels = numbers_of(label_names);
  if (!images || !labels) return false;
  const auto image_places = varying(*images);
  if (image_places.size() != 1) return false;
  const auto at = [](const std::vector<Names>& numbers, size_t place) {
    Names values;
    for (const auto& of_name : numbers) values.push_back(of_name[place]);
    return values;
  };
  const Names some = at(*images, image_places[0]);
  for (const size_t place : varying(*labels)) {
    const Names others = at(*labels, place);
    if (some != others &&
        std::is_permutation(some.begin(), some.end(), others.begin(), others.end())) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool moved(const Names& image_names, const Names& label_names) {
  const auto images = numbers_of(image_names), labels = numbers_of(label_names);
  if (!images || !labels) return false;
  const auto constant = [](const std::vector<Names>& numbers) {
    const auto places = varying(numbers);
    Names all = numbers.front();
    for (const size_t place : places) all[place].clear();
    return all;
  };
  constexpr size_t kDigits = 3;
  const Names of_images = constant(*images), of_labels = constant(*labels);
  for (size_t i = 0; i < of_images.size(); ++i) {
    if (of_images[i].size() < kDigits) continue;
    const auto at = std::find(of_labels.begin(), of_labels.end(), of_images[i]);
    if (at != of_labels.end() && (i >= of_labels.size() || of_labels[i] != of_images[i])) {
      return of_images.size() == of_labels.size();
    }
  }
  return false;
}

std::ptrdiff_t against_order(const Names& images, const Names& labels) {
  if (images.empty() || labels.empty()) return -1;
  const auto [some, others] = compared(images, labels);
  const Names image_names = without_case(some), label_names = without_case(others);
  if (moved(image_names, label_names) || numbers_in_other_order(image_names, label_names)) return 0;
  const auto own = own_words(image_names);
  const TellingWords telling(image_names);
  const bool names_tell = std::any_of(label_names.begin(), label_names.end(),
                                      [&](const auto& name) { return !telling.of(name).empty(); });
  for (size_t i = 0; i < std::min(images.size(), labels.size()); ++i) {
    const Names of_image = telling.of(image_names[i]), of_label = telling.of(label_names[i]);
    const bool fits =
        std::includes(of_image.begin(), of_image.end(), of_label.begin(), of_label.end());
    const auto has = [words = words_of(label_names[i])](const auto& own_word) {
      return std::any_of(words.begin(), words.end(),
                         [&](const auto& word) { return stands_in(own_word, word); });
    };
    bool anothers = std::none_of(own[i].begin(), own[i].end(), has);
    anothers = anothers && std::any_of(own.begin(), own.end(), [&](const Names& words) {
                 return std::any_of(words.begin(), words.end(), has);
               });
    if (!fits || anothers || (names_tell && of_label.empty())) {
      return static_cast<std::ptrdiff_t>(i);
    }
  }
  return -1;
}

}  // namespace unetflow
