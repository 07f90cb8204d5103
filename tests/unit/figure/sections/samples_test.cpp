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

}  // namespace
}  // namespace unetflow
