#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

using HeadlineSection = ReportPage;

TEST_F(HeadlineSection, HasTheHeadlinesAmongTheMetrics) {
  const auto html = page({write_evaluation({{"pooled",
                                             {{"v_rand", {{"value", 0.97131}}},
                                              {"warping_error", {{"value", 0.00025}}},
                                              {"dice", {{"value", 0.75}}}}},
                                            {"pictures", {{{"name", "9"}}}}})});
  EXPECT_THAT(html, HasSubstr("<b>0.9713</b><span>V_rand</span>"));
  EXPECT_THAT(html, HasSubstr("<b>0.000250</b><span>Warping error</span>"));
  EXPECT_THAT(html, HasSubstr("<b>1</b><span>images evaluated</span>"));
  EXPECT_THAT(html, Not(HasSubstr("<span>Dice</span>")));
}

}  // namespace
}  // namespace unetflow
