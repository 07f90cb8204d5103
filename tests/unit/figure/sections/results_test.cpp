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
  EXPECT_THAT(figures(), ElementsAre("results", "splits_and_merges", "worst_cells",
                                     "worst_and_best", "reliability"));
  EXPECT_THAT(html, HasSubstr("Image three, cell 1: IoU 1.00"));
  EXPECT_THAT(html, HasSubstr("Image three: 0 split, 0 merged"));
  EXPECT_THAT(html, Not(HasSubstr("that are delivered")));
}

TEST_F(ResultsSection, ShowsTheSegmentsThatAreDelivered) {
  Picture<std::uint32_t> halves(8, 8);
  for (size_t i = 0; i < 64; ++i) halves.values[i] = i % 8 < 4 ? 1 : 2;
  ShardWriter segments(shard_path("segments"));
  write_segments(segments, entry(true), halves);
  auto said = contents(true);
  said["rule"] = {{"task", "membranes"},
                  {"threshold", 0.5},
                  {"min_size", 0},
                  {"max_hole", 0},
                  {"border", "thin"}};
  said["chosen_on"] = {1, 2};
  segments.commit(manifest_of("segments", said));
  const auto html = page({write_image(true), write_prediction(true), segments.manifest_path()});
  EXPECT_THAT(html, HasSubstr("that are delivered"));
  EXPECT_THAT(html, HasSubstr("Image three: 1 split, 0 merged"));
  EXPECT_THAT(
      html,
      HasSubstr("membranes, threshold 0.5, at least 0 px, holes filled up to 0 px, border: thin; "
                "chosen on 2 images that validate or train."));
}

TEST_F(ResultsSection, LeavesOutImagesThatTrain) {
  auto known = contents(true);
  known["pictures"][0]["subset"] = "train";
  Picture<float> probability(2, 8, 8);
  std::fill(probability.values.begin(), probability.values.end(), 0.5f);
  ShardWriter predictions(shard_path("predictions"));
  unetflow::write_probability(predictions, entry(true), probability);
  predictions.commit(manifest_of("predictions", known));
  page({write_image(true), predictions.manifest_path()});
  EXPECT_THAT(figures(), ElementsAre());
}

}  // namespace
}  // namespace unetflow
