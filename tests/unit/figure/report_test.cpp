#include "figure/report.hpp"

#include "core/config.hpp"
#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

using Report = ReportPage;

TEST_F(Report, LeavesOutSectionsWithoutArtifacts) {
  const auto html = page({write_evaluation({{"pooled", {{"v_rand", {{"value", 0.97131}}}}}})});
  EXPECT_THAT(html, HasSubstr(">Metrics</h2>"));
  EXPECT_THAT(html, HasSubstr(">Provenance</h2>"));
  EXPECT_THAT(html, Not(HasSubstr("<figure")));
  EXPECT_THAT(html, Not(HasSubstr(">Training</h2>")));
  EXPECT_THAT(html, Not(HasSubstr(">Samples</h2>")));
}

TEST_F(Report, OfATrainingUnderWayRefreshesItself) {
  folder_.write("metrics.jsonl", "{\"step\":0,\"loss\":2}\n{\"step\":1,\"loss\":1}\n");
  EXPECT_THAT(page({}, {}, folder_.path / "metrics.jsonl"), HasSubstr("http-equiv=\"refresh\""));
  EXPECT_THAT(page({}), Not(HasSubstr("http-equiv=\"refresh\"")));
}

TEST_F(Report, IsNamedAfterItsPipeline) {
  ReportConfig config;
  config.name = "phantom";
  EXPECT_THAT(page({}, config), HasSubstr("<h1>phantom</h1>"));
}

}  // namespace
}  // namespace unetflow
