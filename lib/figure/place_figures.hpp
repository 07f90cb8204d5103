// Places that a person should look at: small parts of images, the worst first, and where they are.
#pragma once

#include <string>
#include <vector>

#include "figure/figure.hpp"
#include "figure/result.hpp"

namespace unetflow {

struct Places {
  Figure figure;        ///< a panel for each place
  std::string caption;  ///< of the table, which has a row for each
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::string none;  ///< what to say where there is none
};

/// The annotated cells of all images that were found worst: image, annotation and segments.
Places worst_cells(const std::vector<Result>& results);

/// Where the network is sure of the opposite of what is annotated: image, annotation and
/// probability.
Places doubtful_labels(const std::vector<Result>& results);

}  // namespace unetflow
