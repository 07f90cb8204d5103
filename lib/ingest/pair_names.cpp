#include "ingest/pair_names.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "ingest/name_conflicts.hpp"
#include "ingest/name_order.hpp"
#include "ingest/name_parts.hpp"

namespace unetflow {
namespace {

using Places = std::vector<std::ptrdiff_t>;  ///< for each label that of its image, or kNone
constexpr std::ptrdiff_t kNone = -1;

// ---- what a file is called

bool unique_places(Places places) {
  std::sort(places.begin(), places.end());
  return std::adjacent_find(places.begin(), places.end()) == places.end();
}

// ---- names with affixes

/// A name between affixes: FRONT name BACK.
struct Affixes {
  std::string front, back;
  size_t size() const { return front.size() + back.size(); }
};

class Join {
 public:
  Join(const Names& images, const Names& labels) : images_(images), labels_(labels) {
    for (size_t i = 0; i < images.size(); ++i) {
      place_.emplace(images[i], static_cast<std::ptrdiff_t>(i));
    }
  }
  const Places& best() const { return best_; }
  size_t found() const { return found_; }
  bool complete() const { return found_ == labels_.size(); }
  /// Whether labels are parts of the names of several images each, so that any may be meant.
  bool ambiguous() const { return ambiguous_; }

  /// Keeps these places if they are more than those of the best, and differ from each other.
  void offer(Places places) {
    Places some = places;
    std::erase(some, kNone);
    const size_t count = some.size();
    if (count <= found_ || !unique_places(std::move(some))) return;
    found_ = count;
    best_ = std::move(places);
    ambiguous_ = false;
  }

  /// Image names inside labels: the affixes that fit the first or the last label, the longest name
  /// first. Inside words only where no word of a label is an image's name.
  void by_images_inside_labels() {
    for (const bool inside_words : {false, true}) {
      if (found_ > 0) return;
      for (const auto& label : {labels_.front(), labels_.back()}) {
        for (size_t length = label.size(); length > 0 && !complete(); --length) {
          for (size_t at = 0; at + length <= label.size() && !complete(); ++at) {
            const Cut where = cut(label, at, length);
            if (!place_.contains(label.substr(at, length))) continue;
            if ((where == Cut::kInsideWord) != inside_words) continue;
            offer_affixes({}, {label.substr(0, at), label.substr(at + length)}, where);
          }
        }
      }
    }
  }

  /// Labels inside image names, in the same way. Ambiguous where a label would fit another image
  /// that no label is left for.
  void by_labels_inside_images() {
    const size_t before = found_;
    for (const auto& label : {labels_.front(), labels_.back()}) {
      for (const auto& image : images_) {
        const size_t at = image.find(label);
        if (at == std::string::npos) continue;
        offer_affixes({image.substr(0, at), image.substr(at + label.size())}, {},
                      cut(image, at, label.size()));
      }
    }
    if (found_ > before) ambiguous_ = fits_others();
  }

  /// What all images have in common is their affix; that of the labels is as long as it fits.
  void by_affixes_of_both() {
    const Affixes of_images = common(images_), of_labels = common(labels_);
    const std::string& label = labels_.front();
    const size_t most = labels_.size() == 1 ? label.size() : of_labels.back.size();
    for (size_t front = 0; front <= of_labels.front.size(); ++front) {
      for (size_t back = 0; back <= most && front + back < label.size(); ++back) {
        if (divides_word(label, front) || divides_word(label, label.size() - back)) continue;
        offer_affixes(of_images, {label.substr(0, front), label.substr(label.size() - back)},
                      Cut::kBetweenWords);
        if (complete()) return;
      }
    }
  }

 private:
  /// Where a name is cut from its affixes. Only where all of several labels fit may that be inside
  /// a word, and never inside a number.
  enum class Cut { kBetweenWords, kInsideWord, kInsideNumber };
  static Cut cut(std::string_view name, size_t at, size_t length) {
    if (divides_number(name, at) || divides_number(name, at + length)) return Cut::kInsideNumber;
    return divides_word(name, at) || divides_word(name, at + length) ? Cut::kInsideWord
                                                                     : Cut::kBetweenWords;
  }

  /// Whether a label is part of the name of an image without a label, too.
  bool fits_others() const {
    const std::unordered_set<std::ptrdiff_t> taken(best_.begin(), best_.end());
    for (size_t i = 0; i < images_.size(); ++i) {
      const std::string& image = images_[i];
      if (taken.contains(static_cast<std::ptrdiff_t>(i))) continue;
      for (size_t k = 0; k < labels_.size(); ++k) {
        const std::string& label = labels_[k];
        if (best_[k] == kNone || images_[static_cast<size_t>(best_[k])] == label) continue;
        const size_t at = image.find(label);
        if (at != std::string::npos && cut(image, at, label.size()) == Cut::kBetweenWords)
          return true;
      }
    }
    return false;
  }

  void offer_affixes(const Affixes& of_images, const Affixes& of_labels, Cut cut) {
    if (cut == Cut::kInsideNumber || (cut == Cut::kInsideWord && labels_.size() == 1)) return;
    Places places;
    size_t missing = 0;
    for (const auto& label : labels_) {
      std::ptrdiff_t place = kNone;
      if (label.size() >= of_labels.size() && label.starts_with(of_labels.front) &&
          label.ends_with(of_labels.back)) {
        const auto name = label.substr(of_labels.front.size(), label.size() - of_labels.size());
        const auto image = place_.find(of_images.front + name + of_images.back);
        if (image != place_.end()) place = image->second;
      }
      if (place == kNone && cut == Cut::kInsideWord) return;
      if (place == kNone && ++missing + found_ >= labels_.size()) return;  // not better
      places.push_back(place);
    }
    offer(std::move(places));
  }

  /// The longest front and back that all names share, cut between words.
  static Affixes common(const Names& names) {
    const std::string& first = names.front();
    size_t front = first.size(), back = first.size(), shortest = first.size();
    for (const auto& name : names) {
      const auto differs = std::mismatch(first.begin(), first.end(), name.begin(), name.end());
      const auto ends = std::mismatch(first.rbegin(), first.rend(), name.rbegin(), name.rend());
      front = std::min(front, static_cast<size_t>(differs.first - first.begin()));
      back = std::min(back, static_cast<size_t>(ends.first - first.rbegin()));
      shortest = std::min(shortest, name.size());
    }
    const auto cuts_a_word = [&](bool at_front, size_t length) {
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return divides_word(name, at_front ? length : name.size() - length);
      });
    };
    while (front > 0 && cuts_a_word(true, front)) --front;
    back = std::min(back, shortest - front);
    while (back > 0 && cuts_a_word(false, back)) --back;
    return {first.substr(0, front), first.substr(first.size() - back)};
  }

  const Names& images_;
  const Names& labels_;
  std::unordered_map<std::string, std::ptrdiff_t> place_;
  Places best_;
  size_t found_ = 0;
  bool ambiguous_ = false;
};

// ---- names of the same words

void by_words(const Names& images, const Names& labels, Join& join) {
  const TellingWords telling(images);
  std::map<Names, std::ptrdiff_t> place;
  for (size_t i = 0; i < images.size(); ++i) {
    place.emplace(telling.of(images[i]), static_cast<std::ptrdiff_t>(i));
  }
  if (images.size() == 1 || place.size() != images.size()) return;
  Places places;
  for (const auto& label : labels) {
    const auto image = place.find(telling.of(label));
    places.push_back(image == place.end() ? kNone : image->second);
  }
  join.offer(std::move(places));
}

// ---- names that differ in their numbers

std::string key(const Names& numbers, const std::vector<size_t>& places) {
  std::string text;
  for (const size_t place : places) text += numbers[place] + "/";
  return text;
}

void by_numbers(const Names& images, const Names& labels, Join& join) {
  const auto of_images = numbers_of(images), of_labels = numbers_of(labels);
  if (!of_images || !of_labels) return;
  const auto image_places = varying(*of_images);
  const auto label_places = compared_numbers(*of_labels, image_places.size());
  if (image_places.empty() || label_places.empty()) return;
  if (crossed(images, labels)) return;
  std::unordered_map<std::string, std::ptrdiff_t> place;
  for (size_t i = 0; i < images.size(); ++i) {
    place.emplace(key((*of_images)[i], image_places), static_cast<std::ptrdiff_t>(i));
  }
  if (place.size() != images.size()) return;
  Places places;
  for (const auto& numbers : *of_labels) {
    const auto image = place.find(key(numbers, label_places));
    places.push_back(image == place.end() ? kNone : image->second);
  }
  join.offer(std::move(places));
}

struct Joined {
  NamePairs pairs;
  size_t found = 0;  ///< labels with an image
};

Joined join_names(const Names& images, const Names& labels) {
  if (!unique(images) || !unique(labels) || moved(images, labels)) return {};
  Join join(images, labels);
  Joined best;
  const auto attempt = [&](const char* rule, const auto& join_by) {
    if (!join.complete()) join_by();
    if (join.found() > best.found) best = {{join.best(), rule}, join.found()};
  };
  attempt("name", [&] { join.by_images_inside_labels(); });
  attempt("name", [&] { join.by_labels_inside_images(); });
  attempt("name", [&] { join.by_affixes_of_both(); });
  attempt("words", [&] { by_words(images, labels, join); });
  attempt("number", [&] { by_numbers(images, labels, join); });
  return join.ambiguous() ? Joined() : best;
}

}  // namespace

NamePairs pair_names(const Names& images, const Names& labels) {
  if (images.empty() || labels.empty()) return {};
  const auto [image_names, label_names] = compared(images, labels);
  Joined best = join_names(image_names, label_names);
  if (best.found < labels.size()) {
    Joined other = join_names(without_case(image_names), without_case(label_names));
    if (other.found > best.found) best = std::move(other);
  }
  if (2 * best.found < labels.size()) return {};
  const NameConflicts conflicts(image_names, label_names, folders_of(images), folders_of(labels));
  for (size_t i = 0; i < labels.size(); ++i) {
    auto& place = best.pairs.image[i];
    if (place != kNone && conflicts.between(static_cast<size_t>(place), i)) place = kNone;
  }
  return std::move(best.pairs);
}

Places frame_numbers(const Names& labels, std::ptrdiff_t frames) {
  const auto numbers = numbers_of(last_parts(labels));
  if (!numbers) return {};
  const auto places = varying(*numbers);
  if (places.size() != 1) return {};
  Places found;
  for (const auto& of_label : *numbers) {
    const std::string& text = of_label[places[0]];
    if (text.size() > 9) return {};
    found.push_back(std::stol(text));
  }
  const auto [low, high] = std::minmax_element(found.begin(), found.end());
  const std::ptrdiff_t first = *low;
  if (!(first == 0 && *high < frames) && !(first > 0 && *high == frames)) return {};
  for (auto& place : found) place -= first == 0 ? 0 : 1;
  return unique_places(found) ? found : Places();
}

Places group_names(const Names& images, const Names& labels) {
  std::unordered_map<std::string, std::ptrdiff_t> place;
  std::unordered_set<std::string> twice;
  for (const Names& names : {last_parts(images), differing_parts(images)}) {
    for (size_t i = 0; i < names.size(); ++i) {
      const auto image = static_cast<std::ptrdiff_t>(i);
      const auto [known, is_new] = place.try_emplace(names[i], image);
      if (!is_new && known->second != image) twice.insert(names[i]);
    }
  }
  const auto image_of = [&](const std::string& name) {
    const auto image = place.find(name);
    return image == place.end() || twice.contains(name) ? kNone : image->second;
  };
  // The image that the beginning of a name is called like, the longest one.
  const auto image_of_beginning = [&](const std::string& name, size_t length) {
    std::ptrdiff_t found = kNone;
    for (; length > 0 && found == kNone; --length) {
      if (!divides_word(name, length)) found = image_of(name.substr(0, length));
    }
    return found;
  };
  const Names own = last_parts(labels);
  const std::unordered_set<std::string> all(own.begin(), own.end());
  Places places;
  for (const auto& label : labels) {
    const Names parts = split(label);
    std::ptrdiff_t found = kNone;
    for (size_t i = parts.size() - 1; i-- > 0 && found == kNone;) found = image_of(parts[i]);
    const std::string& name = parts.back();
    if (found == kNone) {
      found = image_of_beginning(name, name.size());
      // "a_1" may be all cells of the image a_1, or one of a.
      const auto other =
          found == image_of(name) ? image_of_beginning(name, name.size() - 1) : kNone;
      if (other != kNone && !all.contains(split(images[static_cast<size_t>(other)]).back())) {
        found = kNone;
      }
    }
    places.push_back(found);
  }
  return places;
}

}  // namespace unetflow
