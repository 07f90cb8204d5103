#include "artifact/safetensors.hpp"
#include "report_page.hpp"

namespace unetflow {
namespace {

using FiltersSection = ReportPage;

TEST_F(FiltersSection, DrawsTheFirstLayerThatTheModelNames) {
  ArtifactWriter model(folder_.path / "model.json");
  model.write("metrics.jsonl", "");
  const std::vector<float> weights = {1, -1, 0.5f, 2};
  write_safetensors(model.file("model.safetensors"),
                    {{"first.weight", Tensor::of({4, 1, 1, 1}, weights)}});
  model.commit(manifest_of("model", model_contents()));
  page({model.manifest_path()});
  EXPECT_THAT(figures(), testing::ElementsAre("filters"));
}

}  // namespace
}  // namespace unetflow
