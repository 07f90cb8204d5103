#include "ingest/name_order.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
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

bool end_alike(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && (a.ends_with(b) || b.ends_with(a));
}

/// The numbers in which names of images differ, and those of labels that are compared with them,
/// with the letters before each.
struct Lettered {
  std::vector<Names> image_numbers, label_numbers;  ///< of each place
  Names image_letters, label_letters;

  Lettered(const Names& images, const Names& labels) {
    const Names some = without_case(images), others = without_case(labels);
    const auto of_images = numbers_of(some), of_labels = numbers_of(others);
    if (!of_images || !of_labels) return;
    const auto take = [](const std::string& name, const std::vector<Names>& all,
                         const std::vector<size_t>& places, std::vector<Names>& numbers,
                         Names& letters) {
      const Names own = numbered(name).letters;
      for (const size_t place : places) {
        letters.push_back(own[place]);
        numbers.emplace_back();
        for (const auto& of_name : all) numbers.back().push_back(of_name[place]);
      }
    };
    const auto image_places = varying(*of_images);
    const auto label_places = compared_numbers(*of_labels, image_places.size());
    if (label_places.empty()) return;
    take(some.front(), *of_images, image_places, image_numbers, image_letters);
    take(others.front(), *of_labels, label_places, label_numbers, label_letters);
  }

  /// The place at which labels have the letters that images have before number i, if that is
  /// another one.
  std::optional<size_t> elsewhere(size_t i) const {
    const auto same = [&](const auto& letters) { return end_alike(image_letters[i], letters); };
    if (same(label_letters[i])) return {};
    const auto found = std::find_if(label_letters.begin(), label_letters.end(), same);
    if (found == label_letters.end()) return {};
    return static_cast<size_t>(found - label_letters.begin());
  }

  /// Whether only one side has letters, before several numbers, and the labels' numbers are images'
  /// in another order, too.
  bool is_open() const {
    const auto count = [](const Names& letters) {
      return letters.size() - static_cast<size_t>(std::count(letters.begin(), letters.end(), ""));
    };
    const size_t some = count(image_letters), others = count(label_letters);
    if (!(some == 0 && others > 1) && !(others == 0 && some > 1)) return false;
    std::vector<size_t> order(image_numbers.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto tuples = [](const std::vector<Names>& numbers, const std::vector<size_t>& places) {
      std::set<Names> all;
      for (size_t row = 0; row < numbers.front().size(); ++row) {
        Names tuple;
        for (const size_t place : places) tuple.push_back(numbers[place][row]);
        all.insert(std::move(tuple));
      }
      return all;
    };
    constexpr size_t kMost = 4;  // numbers; of more, any order may fit
    if (order.size() > kMost) return true;
    const auto images = tuples(image_numbers, order);
    while (std::next_permutation(order.begin(), order.end())) {
      const auto labels = tuples(label_numbers, order);
      if (std::includes(images.begin(), images.end(), labels.begin(), labels.end())) return true;
    }
    return false;
  }
};

/// Whether numbers behind the same letters differ where names are joined in order.
bool letters_contradict_order(const Names& images, const Names& labels) {
  const Lettered names(images, labels);
  if (names.is_open()) return true;
  const auto count = static_cast<std::ptrdiff_t>(std::min(images.size(), labels.size()));
  for (size_t i = 0; i < names.image_letters.size(); ++i) {
    const auto place = names.elsewhere(i);
    if (!place) continue;
    const Names &own = names.image_numbers[i], &others = names.label_numbers[*place];
    if (!std::equal(own.begin(), own.begin() + count, others.begin())) return true;
  }
  return false;
}

}  // namespace

bool crossed(const Names& images, const Names& labels) {
  const Lettered names(images, labels);
  if (names.is_open()) return true;
  for (size_t i = 0; i < names.image_letters.size(); ++i) {
    if (names.elsewhere(i)) return true;
  }
  return false;
}

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
  if (letters_contradict_order(image_names, label_names) || moved(image_names, label_names) ||
      numbers_in_other_order(image_names, label_names)) {
    return 0;
  }
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
