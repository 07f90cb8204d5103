#include "report_page.hpp"

namespace unetflow {
namespace {

using AugmentationSection = ReportPage;

TEST_F(AugmentationSection, ShowsThoseThatThePipelineUses) {
  page({write_tiles("tiles"), write_tiles("augmented", AugmentConfig{})});
  EXPECT_THAT(figures(), testing::IsSupersetOf({"samples", "augmentation_elastic"}));
}

TEST_F(AugmentationSection, NeedsAugmentedSamples) {
  page({write_tiles("tiles")});
  EXPECT_TRUE(figures().empty());
}

}  // namespace
}  // namespace unetflow
