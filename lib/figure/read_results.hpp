// The predicted images that a report shows.
#pragma once

#include <vector>

#include "figure/result.hpp"

namespace unetflow {

struct ReportBuilder;

/// Images that the network has not learned from: all labelled ones, and of the others as many as
/// are shown.
struct Results {
  std::vector<Result> labelled, others;
  int classes = 2;

  const std::vector<Result>& shown() const { return labelled.empty() ? others : labelled; }
};

/// Reads them with their inputs, and the segments that are delivered where segments artifacts are
/// among the inputs. Thresholds are those that are best by the evaluation: pixels of membranes are
/// judged at the one that is best for pixels, not for cells.
Results read_results(const ReportBuilder& builder);

}  // namespace unetflow
