#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

using TilesSection = ReportPage;

TEST_F(TilesSection, ShowsTheTilesOfTheFirstImage) {
  const auto html = page({write_image(true), write_tiles("tiles")});
  EXPECT_THAT(html, HasSubstr("Overlap tiles. The network maps an input tile of 24 x 24 px"));
  EXPECT_THAT(figures(), testing::ElementsAre("overlap_tiles"));
}

TEST_F(TilesSection, NeedsTheImage) {
  page({write_tiles("tiles")});
  EXPECT_TRUE(figures().empty());
}

}  // namespace
}  // namespace unetflow
