// Images and labels that are there twice, and images that resemble each other as frames of a movie
// do: what is held out of them is known from training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "image/view.hpp"

namespace unetflow {

/// The places of those that were equal, value by value, by what their values hash to.
class Repeated {
 public:
  /// The place of an earlier one with equal bytes, or nothing and this one is noted.
  const std::string* earlier(const void* values, std::size_t bytes, const std::string& place);

 private:
  std::unordered_map<std::size_t, std::string> seen_;
};

/// How much images resemble those before them: thumbnails, less what all have in common (uneven
/// light, a round field of view), are correlated.
class Resemblance {
 public:
  void add(const Picture<float>& image);
  /// The median over successive images, from -1 to 1; 0 where they are too few to tell.
  double of_neighbours() const;

 private:
  std::vector<std::vector<float>> thumbnails_;
};

}  // namespace unetflow
