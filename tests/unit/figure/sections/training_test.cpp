#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

using TrainingSection = ReportPage;

TEST_F(TrainingSection, DrawsTheLossOfAModelsLog) {
  ArtifactWriter model(folder_.path / "model.json");
  model.write("metrics.jsonl", "{\"step\":0,\"loss\":2}\n{\"step\":1,\"loss\":1}\n");
  model.write("model.safetensors", std::string("\2\0\0\0\0\0\0\0{}", 10));
  model.commit(manifest_of("model", model_contents()));
  EXPECT_THAT(page({model.manifest_path()}), HasSubstr("Loss by update"));
  EXPECT_THAT(figures(), testing::ElementsAre("training"));
}

}  // namespace
}  // namespace unetflow
