#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

using ProvenanceSection = ReportPage;

TEST_F(ProvenanceSection, SaysHowToMakeThePageAgain) {
  ReportConfig config;
  config.name = "phantom";
  EXPECT_THAT(page({}, config), HasSubstr("make pipeline PIPELINE=phantom"));
  EXPECT_THAT(page({}), Not(HasSubstr("make pipeline")));
}

TEST_F(ProvenanceSection, ListsEachArtifactWithItsConfiguration) {
  const auto html = page({write_evaluation({{"pooled", Json::object()}})});
  EXPECT_THAT(html, HasSubstr("<td>evaluation</td><td>evaluation.json</td>"));
  EXPECT_THAT(html, HasSubstr("Configuration of evaluation-stage"));
}

}  // namespace
}  // namespace unetflow
