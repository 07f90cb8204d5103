// The configuration of evaluate.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "metrics/bootstrap.hpp"

namespace unetflow {

struct EvaluateConfig {
  static constexpr const char* kSchema = "evaluate";
  std::vector<std::string> subsets = {"validation", "holdout"};
  bool warping = true;    ///< the warping error takes most of the time
  bool baseline = false;  ///< compare with the image's gray values taken as probabilities
  BootstrapConfig bootstrap;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EvaluateConfig, subsets, warping, baseline, bootstrap)

}  // namespace unetflow
