// What the labels of a dataset must have in common, so that a value means the same in all of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "image/picture_format.hpp"

namespace unetflow {

/// How one file says its labels.
struct LabelTraits {
  std::int64_t foreground = 0;                 ///< binary: the value that was it; 0: none there
  std::string thresholded_type = {};           ///< the type of values that a threshold divides
  std::map<std::uint32_t, int> shown_as = {};  ///< of 0xRRGGBB, the only value shown so
};

/// The colours of those values in a page of one channel that its palette shows.
std::map<std::uint32_t, int> shown_values(const PicturePage& page);

class LabelAgreement {
 public:
  /// `way_out` ends the sentence about palettes that contradict each other.
  explicit LabelAgreement(std::string way_out) : way_out_(std::move(way_out)) {}

  /// Throws InputError(place, ...) where the foreground, or the type that a threshold divides, is
  /// another than in the labels before, or a colour shows another value.
  void add(const LabelTraits& traits, const std::string& place);

  /// The value that is foreground; 0: none was there.
  std::int64_t foreground() const { return foreground_; }

 private:
  struct Shown {
    int value = 0;
    std::string place;
  };
  std::string way_out_;
  std::int64_t foreground_ = 0;
  std::string foreground_place_, type_, type_place_;
  std::map<std::uint32_t, Shown> shown_;
};

}  // namespace unetflow
