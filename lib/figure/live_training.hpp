// A training under way, as its log and what it plans tell.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "figure/sample_figures.hpp"

namespace unetflow {

struct ReportBuilder;

/// The numbers at the top of its page: updates, loss, the validation's, and the time left.
std::vector<std::pair<std::string, std::string>> live_numbers(const ReportBuilder& builder);

/// The samples that the trainer has learned from last, as many as the report shows; none before the
/// first update, and where the tiles are not among the inputs.
std::vector<NamedSample> latest_samples(const ReportBuilder& builder);

}  // namespace unetflow
