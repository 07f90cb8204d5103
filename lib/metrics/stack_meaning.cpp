#include "metrics/stack_meaning.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/words.hpp"
#include "segmentation/count_pieces.hpp"

namespace unetflow {
namespace {

constexpr std::array<std::pair<const char*, Meaning>, 4> kNames = {
    {{"probabilities", Meaning::kProbabilities},
     {"mask", Meaning::kMask},
     {"ids", Meaning::kIds},
     {"classes", Meaning::kClasses}}};
constexpr double kMostClasses = 16;
constexpr size_t kMostValues = 16;        // that are kept, to be named
constexpr std::int64_t kPiecesOfIds = 2;  // at most, for each value

/// Whether more than half of the values are one above 0.
template <class T>
bool has_majority_above_0(const std::vector<T>& values) {
  T candidate = 0;
  std::int64_t votes = 0;  // Boyer and Moore's count: only a majority survives it
  for (const T value : values) {
    if (votes == 0) candidate = value;
    votes += value == candidate ? 1 : -1;
  }
  return candidate > 0 && 2 * std::count(values.begin(), values.end(), candidate) >
                              static_cast<std::int64_t>(values.size());
}

}  // namespace

std::string text_of(Meaning meaning) {
  constexpr std::array kTexts = {"probabilities", "a mask", "ids of cells", "classes"};
  return kTexts.at(static_cast<size_t>(meaning));
}

std::optional<Meaning> meaning_named(const std::string& name, const std::string& option) {
  if (name.empty()) return {};
  for (const auto& [own, meaning] : kNames) {
    if (name == own) return meaning;
  }
  throw InputError(option + " " + name, "expected probabilities, mask, ids or classes");
}

void StackContents::add(const PicturePage& page, const std::string& place,
                        const std::vector<size_t>& ignored) {
  const bool colours = page.bits == kBitsOfColours;
  wide_ = wide_ || (std::holds_alternative<Picture<std::uint32_t>>(page.values) && !colours);
  integers_ = integers_ && !std::holds_alternative<Picture<float>>(page.values);
  const double white = full_scale(page);
  scale_ = std::max(scale_, white);
  std::visit(
      [&](const auto& picture) {
        using T = typename std::decay_t<decltype(picture.values)>::value_type;
        std::unordered_set<T> values;
        size_t next = 0;
        std::optional<T> last;
        for (size_t i = 0; i < picture.values.size(); ++i) {
          const T value = picture.values[i];
          if (next < ignored.size() && ignored[next] == i) {
            ++next;
          } else if (std::isnan(static_cast<double>(value))) {
            whole_ = false;  // and no set takes it
          } else if (last != value) {
            values.insert(value);
            last = value;
          }
        }
        for (const T value : values) {
          const auto number = static_cast<double>(value);
          whole_ = whole_ && number >= 0 && number == std::floor(number);
          most_ = std::max(most_, number);
          white_ = white_ || (std::is_integral_v<T> && number == white);
          if (values_.size() < kMostValues) values_.insert(number);
        }
        const auto above = static_cast<std::int64_t>(values.size() - values.count(T{0}));
        values_by_page_ += above;
        masks_ = masks_ && above <= 1;
        ++pages_;
        pixels_ += static_cast<std::int64_t>(picture.values.size());
        colours_ = colours_ || colours;
        constexpr std::int64_t kSome = 4;  // other cells
        if (large_.empty() && above > kSome && has_majority_above_0(picture.values)) large_ = place;
        // What is not whole can be probabilities only, so its pieces do not matter.
        if (!whole_) return;
        const auto pieces = static_cast<std::int64_t>(count_pieces<T>(picture.plane(), 4));
        pieces_ += pieces;
        if (pieces <= kPiecesOfIds * above) return;
        if (pages_in_pieces_++ == 0) first_in_pieces_ = place;
        if (above != 1 || !first_mask_.empty()) return;
        const double foreground =
            static_cast<double>(*std::max_element(values.begin(), values.end()));
        if (foreground == 1 || foreground == white) first_mask_ = place;
      },
      page.values);
}

void StackContents::refuse_masks_among_ids(const char* option) const {
  if (first_mask_.empty()) return;
  throw InputError(first_mask_,
                   fmt::format("is a mask, other pages hold ids of cells; expected one "
                               "of them, or say what is meant by {} ids or mask",
                               option));
}

bool StackContents::are_ids() const {
  const bool few_grays = white_ && values_.size() < kMostValues;
  constexpr std::int64_t kSpeck = 4;  // px: pictures in colours are made of smaller pieces
  if (colours_ && kSpeck * pieces_ > pixels_) return false;
  return whole_ && !few_grays && pieces_ <= kPiecesOfIds * values_by_page_;
}

Meaning StackContents::of_labels(const std::string& stack) const {
  if (is_mask()) return Meaning::kMask;
  if (are_ids()) {
    refuse_masks_among_ids("--labels-are");
    return Meaning::kIds;
  }
  if (is_pair()) return Meaning::kMask;
  if (whole_ && most_ < kMostClasses) return Meaning::kClasses;
  if (whole_ && masks_) return Meaning::kMask;
  throw InputError(stack,
                   fmt::format("has {}, which is neither a mask nor ids of cells nor classes; "
                               "say what is meant by --labels-are mask (all above 0), ids or "
                               "classes",
                               text()));
}

Meaning StackContents::of_predictions(Meaning labels, double most_class,
                                      const std::string& stack) const {
  if (is_mask() && whole_) return Meaning::kMask;
  if (labels == Meaning::kClasses && whole_ && most_ < kMostClasses) {
    if (most_ <= most_class) return Meaning::kClasses;
    throw InputError(stack, fmt::format("has {}, where labels have classes up to {}; say what is "
                                        "meant by --predictions-are ids, mask or classes",
                                        text(), most_class));
  }
  constexpr double kHalfOf32Bits = 2147483648.0;
  if (wide_ && most_ >= kHalfOf32Bits) {
    throw InputError(stack, fmt::format("has whole numbers up to {:.0f}: ids of cells or "
                                        "probabilities of 32 bits; say which by --predictions-are "
                                        "ids or probabilities",
                                        most_));
  }
  if (wide_ || are_ids()) {
    refuse_masks_among_ids("--predictions-are");
    return Meaning::kIds;
  }
  if (is_pair() || (whole_ && masks_)) return Meaning::kMask;
  const bool few = values_.size() < kMostValues;
  if (integers_ && (few || 2 * most_ < scale_)) {
    throw InputError(
        stack, fmt::format("has {}: neither a mask nor ids of cells, and probabilities would "
                           "{}; say what is meant by --predictions-are probabilities, mask "
                           "(all above 0), ids or classes",
                           text(), few ? "have more values" : fmt::format("end near {}", scale_)));
  }
  return Meaning::kProbabilities;
}

std::optional<std::string> StackContents::doubt() const {
  if (!large_.empty()) {
    return large_ +
           ": has a cell of more than half the image; is it the background? Expected 0 there";
  }
  if (pages_in_pieces_ == 0 || pages_in_pieces_ == pages_) return {};
  return fmt::format("{}{}: has values in several pieces, unlike the other pages, as a mask has",
                     first_in_pieces_, and_more(pages_in_pieces_));
}

std::string StackContents::text() const {
  if (values_.size() <= 2) return fmt::format("the values {}", fmt::join(values_, " and "));
  if (whole_ && masks_) {
    auto above = values_;
    above.erase(0);
    return fmt::format("0 and one other value per page, {}", fmt::join(above, " or "));
  }
  if (!whole_) return fmt::format("values from {} to {}", *values_.begin(), most_);
  return fmt::format("whole numbers up to {} in {} pieces", most_, pieces_);
}

}  // namespace unetflow
