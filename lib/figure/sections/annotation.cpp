// What may be wrong in the annotation of images that the network has not learned from.
#include <fmt/format.h>

#include "core/words.hpp"
#include "figure/report_builder.hpp"

namespace unetflow::section {

void annotation(ReportBuilder& builder) {
  const auto& labelled = builder.results().labelled;
  if (labelled.empty()) return;
  builder.page.section("Annotation to look at again");
  builder.page.text(fmt::format(
      "Either the network or the annotation is wrong at these places of the {} "
      "that it has not learned from. `make crossvalidate` makes a page that asks this of all "
      "images that train: each is predicted by a network that has not seen it.",
      counted(labelled.size(), "labelled image")));
  builder.draw(doubtful_labels(labelled));
}

}  // namespace unetflow::section
