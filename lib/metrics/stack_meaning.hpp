// What the values of a stack mean: probabilities, a mask, ids of cells, or classes. Types do not
// say it: any tool writes masks as bytes of 0 and 1 or 0 and 255, and ids in whatever type they fit
// in. So it is stated, or told by the contents of all pages:
//
//   mask           at most two values, of which one is 0; or two values in many pieces, of which
//                  the lower one is background; or such masks on all pages, of 1 on one and 255 on
//                  another
//   ids            whole numbers, where each value is in one piece or hardly more: at most twice as
//                  many 4-connected pieces of one value above 0 as there are such values; but not
//                  some gray values up to white, 0, 128 and 255; or, as a prediction, integers of
//                  more than 16 bits
//   classes        (labels) whole numbers below 16 in more pieces; (predictions) none above the
//                  labels', which are classes
//   probabilities  (predictions) floats, or integers of many values that reach half of what their
//                  type holds
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "image/picture_format.hpp"

namespace unetflow {

/// PicturePage::bits of a page of colours as numbers, 0xRRGGBB.
inline constexpr int kBitsOfColours = 24;

enum class Meaning { kProbabilities, kMask, kIds, kClasses };

/// "probabilities", "a mask", "ids of cells" or "classes".
std::string text_of(Meaning meaning);

/// By its name on the command line: probabilities, mask, ids or classes; none where it is empty.
/// Throws InputError(option, ...) for another name.
std::optional<Meaning> meaning_named(const std::string& name, const std::string& option);

class StackContents {
 public:
  /// Looks at a page of one channel, but not at those of its pixels, in order, that are ignored and
  /// hold 0.
  void add(const PicturePage& page, const std::string& place,
           const std::vector<size_t>& ignored = {});

  /// Throws InputError(stack, ...) where the values can be none of what labels may be.
  Meaning of_labels(const std::string& stack) const;
  /// The same of predictions, or where they cannot be told; `most_class` is the labels' largest.
  Meaning of_predictions(Meaning labels, double most_class, const std::string& stack) const;
  /// The value that is background in a mask.
  double background() const { return is_pair() ? *values_.begin() : 0; }
  /// A sentence, where the stack holds ids but a page of it does not.
  std::optional<std::string> doubt() const;
  double most() const { return most_; }
  /// "values 0 and 255", "256 values in 20514 pieces", for people.
  std::string text() const;

 private:
  bool is_mask() const { return values_.size() - values_.count(0) <= 1; }
  bool is_pair() const { return whole_ && values_.size() == 2 && !values_.contains(0); }
  bool are_ids() const;
  void refuse_masks_among_ids(const char* option) const;

  bool masks_ = true;  ///< no page has two values above 0
  bool whole_ = true, wide_ = false, white_ = false, integers_ = true;
  double scale_ = 0;         ///< the largest value that a page's type holds
  std::set<double> values_;  ///< as many as are named
  double most_ = 0;
  std::int64_t values_by_page_ = 0, pieces_ = 0;  ///< above 0, summed over pages
  std::int64_t pixels_ = 0;
  bool colours_ = false;                   ///< some page has
  Index pages_ = 0, pages_in_pieces_ = 0;  ///< the latter unlike ids
  std::string large_;                      ///< where a value above 0 has most pixels, beside others
  std::string first_in_pieces_, first_mask_;
};

}  // namespace unetflow
