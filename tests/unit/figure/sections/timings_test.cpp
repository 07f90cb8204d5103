#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

using TimingsSection = ReportPage;

TEST_F(TimingsSection, IsThereOnlyWhereTheConfigurationAsksForIt) {
  const auto evaluation = write_evaluation({{"pooled", Json::object()}});
  folder_.write("evaluation.log", R"({"stage": "evaluate", "seconds": 1.25, "threads": 2})");
  EXPECT_THAT(page({evaluation}), Not(HasSubstr(">Timing</h2>")));
  ReportConfig config;
  config.timings = true;
  EXPECT_THAT(page({evaluation}, config), HasSubstr("<td>evaluate</td><td class=\"n\">1.2</td>"));
}

}  // namespace
}  // namespace unetflow
