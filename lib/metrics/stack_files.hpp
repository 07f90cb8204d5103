// Which files another tool's stacks are in.
#pragma once

#include <filesystem>
#include <vector>

#include "metrics/external_stacks.hpp"

namespace unetflow {

/// Where predictions are, and the names of the images that they are of.
struct Predictions {
  std::vector<PageAddress> stored, named;
};

Predictions list_predictions(const PictureFolder& folder, const ExternalStacks& given);

/// The files that the stacks are read from.
std::vector<std::filesystem::path> files_of(const ExternalStacks& given);

}  // namespace unetflow
