#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using ResultsSection = ReportPage;

TEST_F(ResultsSection, ShowsUnlabelledImagesWithoutErrors) {
  const auto html = page({write_image(false), write_prediction(false)});
  EXPECT_THAT(html, HasSubstr("Image three"));
  EXPECT_THAT(figures(), ElementsAre("results"));
  EXPECT_THAT(file_bytes(folder_.path / "figures/results.svg"), HasSubstr("Probability"));
}

TEST_F(ResultsSection, ShowsWhereLabelledImagesAreWrong) {
  const auto html = page({write_image(true), write_prediction(true)});
  EXPECT_THAT(figures(), ElementsAre("results", "splits_and_merges", "worst_and_best"));
  EXPECT_THAT(html, HasSubstr("Image three: 0 split, 0 merged"));
  EXPECT_THAT(html, Not(HasSubstr("that are delivered")));
}

TEST_F(ResultsSection, ShowsTheSegmentsThatAreDelivered) {
  Picture<std::uint32_t> halves(8, 8);
  for (size_t i = 0; i < 64; ++i) halves.values[i] = i % 8 < 4 ? 1 : 2;
  ShardWriter segments(shard_path("segments"));
  write_segments(segments, entry(true), halves);
  segments.commit(manifest_of("segments", contents(true)));
  const auto html = page({write_image(true), write_prediction(true), segments.manifest_path()});
  EXPECT_THAT(html, HasSubstr("that are delivered"));
  EXPECT_THAT(html, HasSubstr("Image three: 1 split, 0 merged"));
}

}  // namespace
}  // namespace unetflow
