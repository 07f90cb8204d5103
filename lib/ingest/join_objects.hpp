// Labels of which each page is an object.
#pragma once

#include <string>
#include <vector>

#include "ingest/labels.hpp"

namespace unetflow {

/// read_labels() of one page per object: what is not 0 (or reaches the threshold) is the object,
/// and of pixels in two objects the later one has them. Adds the number of such pixels to `shared`.
Labels join_objects(const std::vector<PicturePage>& pages, const LabelConfig& config,
                    const std::vector<std::string>& places, Index& shared);

}  // namespace unetflow
