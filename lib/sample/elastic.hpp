// Elastic deformation: a smooth random displacement of each pixel, see sample/elastic_field.hpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sample/augmentation.hpp"

namespace unetflow {

struct Elastic : DisplacementConfig {
  static constexpr const char* kKey = "elastic";
  static constexpr DrawNumbers kDraws{7, 1};

  double probability = 0.7;

  void contribute(const Draws& draws, Geometry& geometry) const;
  Showing showing() const;
  void check(const std::string& place) const;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Elastic, probability, alpha, sigma, kernel)

}  // namespace unetflow
