// What the labels of a dataset must have in common, so that a value means the same in all of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "image/picture_format.hpp"

namespace unetflow {

/// A value that a page shows in a colour of its own, and what it means: the value itself, or in
/// binary labels 0 or 1.
struct ShownValue {
  int value = 0, meaning = 0;
};
using ShownValues = std::map<std::uint32_t, ShownValue>;  ///< by 0xRRGGBB

/// How one page says its labels.
struct LabelTraits {
  std::int64_t foreground = 0;        ///< binary: the value that was it; 0: none was there
  std::string thresholded_type = {};  ///< the type of values that a threshold divides
  ShownValues shown_as = {};
  std::string place = {};
};

/// The colours of the values in a page of one channel of at most 8 bits: those of its palette, or
/// its grays. In `binary` labels all but `background` mean the same.
ShownValues shown_values(const PicturePage& page, bool binary, double background = 0);

class LabelAgreement {
 public:
  /// "labels" or "predictions", and what ends the sentence about colours that contradict each
  /// other.
  LabelAgreement(std::string what, std::string way_out)
      : what_(std::move(what)), way_out_(std::move(way_out)) {}

  /// Throws InputError(place, ...) where the foreground, or the type that a threshold divides, is
  /// another than in the pages before, or a colour shows what has another meaning.
  void add(const LabelTraits& traits);

  /// The value that is foreground; 0: none was there.
  std::int64_t foreground() const { return foreground_; }

 private:
  struct Seen : ShownValue {
    std::string place;
  };
  std::string what_, way_out_;
  std::int64_t foreground_ = 0;
  std::string foreground_place_, type_, type_place_;
  std::map<std::uint32_t, Seen> shown_;
};

}  // namespace unetflow
