#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

using AnnotationSection = ReportPage;

TEST_F(AnnotationSection, SaysSoWhereNothingIsDoubtful) {
  const auto html = page({write_image(true), write_prediction(true)});
  EXPECT_THAT(html, HasSubstr(">Annotation to look at again</h2>"));
  EXPECT_THAT(html, HasSubstr("nowhere sure of the opposite"));
  EXPECT_THAT(figures(), Not(Contains("doubtful_labels")));
}

TEST_F(AnnotationSection, ShowsWhatTheNetworkContradicts) {
  Picture<float> probability(2, 8, 8);  // all is annotated as foreground
  std::fill_n(probability.values.begin(), 64, 0.97f);
  std::fill_n(probability.values.begin() + 64, 64, 0.03f);
  ShardWriter predictions(shard_path("predictions"));
  unetflow::write_probability(predictions, entry(true), probability);
  predictions.commit(manifest_of("predictions", contents(true)));
  const auto html = page({write_image(true), predictions.manifest_path()});
  EXPECT_THAT(figures(), Contains("doubtful_labels"));
  EXPECT_THAT(html, HasSubstr("Image three: annotated foreground, foreground 3 %"));
}

TEST_F(AnnotationSection, NeedsLabels) {
  EXPECT_THAT(page({write_image(false), write_prediction(false)}),
              Not(HasSubstr("Annotation to look at again")));
}

}  // namespace
}  // namespace unetflow
