// Predictions of the background instead of the foreground, which metrics alone do not show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "metrics/predicted_picture.hpp"

namespace unetflow {

class InversionCheck {
 public:
  /// Counts an image; those of more than two classes tell nothing.
  void add(const PredictedPicture& picture);
  /// A sentence, where predictions, or those of some images, are further from the labels than
  /// inverted ones would be.
  std::optional<std::string> doubt() const;

 private:
  double difference_ = 0;  ///< sum of |probability of foreground - label|
  double pixels_ = 0;
  std::vector<std::string> inverted_;  ///< images that are nearer to the labels if inverted
};

}  // namespace unetflow
