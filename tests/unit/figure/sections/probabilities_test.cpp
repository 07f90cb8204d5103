#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

using ProbabilitiesSection = ReportPage;

TEST_F(ProbabilitiesSection, HasASliderThatStartsAtTheBestThresholdAndTheReliability) {
  const auto html =
      page({write_image(true), write_prediction(true),
            write_evaluation({{"pooled", {{"v_rand", {{"value", 0.9}, {"threshold", 0.3}}}}}})});
  EXPECT_THAT(html,
              HasSubstr("<input type=\"range\" min=\"0\" max=\"1\" step=\"0.01\" value=\"0.30\">"));
  EXPECT_THAT(html, HasSubstr("data-labelled=\"1\""));
  EXPECT_THAT(figures(), Contains("reliability"));
  // Foreground everywhere, with probability 0.75.
  EXPECT_THAT(html, HasSubstr("all 64 annotated pixels: 0.2500"));
}

TEST_F(ProbabilitiesSection, OfUnlabelledImagesHasTheSliderAlone) {
  const auto html = page({write_image(false), write_prediction(false)});
  EXPECT_THAT(html, HasSubstr("data-labelled=\"0\""));
  EXPECT_THAT(figures(), Not(Contains("reliability")));
}

}  // namespace
}  // namespace unetflow
