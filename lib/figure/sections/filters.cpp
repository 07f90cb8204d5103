// The filters of the network's first convolution.
#include "artifact/safetensors.hpp"
#include "figure/report_builder.hpp"
#include "figure/training_figures.hpp"

namespace unetflow::section {

void filters(ReportBuilder& builder) {
  for (const auto* model : builder.of("model")) {
    const auto tensors = read_safetensors(model->manifest, "model.safetensors");
    const auto first = tensors.find(model->manifest.contents.value("first_layer", ""));
    if (first == tensors.end() || first->second.shape.size() != 4) continue;
    builder.page.section("First-layer filters");
    const auto& shape = first->second.shape;
    builder.draw(filters_figure(first->second.floats(), shape[0], shape[1], shape[2], shape[3]));
  }
}

}  // namespace unetflow::section
