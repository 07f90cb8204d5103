// The one list of the report's sections.
#pragma once

#include <vector>

#include "figure/report_builder.hpp"

namespace unetflow {

/// Adds its part to the page, or nothing if the artifacts that it is made from are missing.
using Section = void (*)(ReportBuilder& builder);

/// All sections, in the order of the page.
const std::vector<Section>& all_sections();

}  // namespace unetflow
