#include "artifact/training_run.hpp"
#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

using SamplesSection = ReportPage;

TEST_F(SamplesSection, NamesTileImageAndEpoch) {
  const auto html = page({write_tiles("augmented", AugmentConfig{})});
  EXPECT_THAT(html, HasSubstr("Tile 1 of three, epoch 0"));
  EXPECT_THAT(figures(), testing::ElementsAre("samples"));
}

TEST_F(SamplesSection, OfATrainingUnderWayAreThoseLearnedLast) {
  const fs::path log = folder_.path / "metrics.jsonl";
  folder_.write("metrics.jsonl", "{\"step\":0,\"loss\":2}\n{\"step\":1,\"loss\":1}\n");
  const auto tiles = write_tiles("tiles");
  write_training_run(
      log, {6,
            0,
            2,
            {{"seed", 1}, {"batch", 1}, {"accumulation_steps", 1}, {"augment", AugmentConfig{}}}});
  const auto html = page({tiles}, {}, log);
  EXPECT_THAT(html, HasSubstr("Samples, the latest first"));
  // Both of epoch 0, of which there are two updates.
  EXPECT_THAT(html, HasSubstr("Tile 0 of three, epoch 0"));
  EXPECT_THAT(html, HasSubstr("Tile 1 of three, epoch 0"));
  EXPECT_THAT(html, HasSubstr("<b>2</b><span>of 6 updates</span>"));
  EXPECT_THAT(html, HasSubstr("<b>1.5000</b><span>loss, mean of 2 updates</span>"));
}

}  // namespace
}  // namespace unetflow
