#include "figure/all_sections.hpp"

// One line for each section: the function that its file in sections/ defines, in the order of the
// page.
#define UNETFLOW_SECTIONS(SECTION) \
  SECTION(headline)                \
  SECTION(results)                 \
  SECTION(metrics)                 \
  SECTION(probabilities)           \
  SECTION(annotation)              \
  SECTION(training)                \
  SECTION(samples)                 \
  SECTION(tiles)                   \
  SECTION(augmentation)            \
  SECTION(weights)                 \
  SECTION(filters)                 \
  SECTION(timings)                 \
  SECTION(provenance)

namespace unetflow {

namespace section {
#define DECLARED(name) void name(ReportBuilder& builder);
UNETFLOW_SECTIONS(DECLARED)
#undef DECLARED
}  // namespace section

const std::vector<Section>& all_sections() {
#define NAMED(name) section::name,
  static const std::vector<Section> sections = {UNETFLOW_SECTIONS(NAMED)};
#undef NAMED
  return sections;
}

}  // namespace unetflow
