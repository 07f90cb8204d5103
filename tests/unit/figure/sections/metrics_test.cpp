#include <fmt/format.h>

#include "report_page.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Not;

using MetricsSection = ReportPage;

TEST_F(MetricsSection, ShowsEachMetricWithItsDigitsAndDirection) {
  const auto html = page({write_evaluation(
      {{"pooled",
        {{"v_rand", {{"value", 0.97131}, {"threshold", 0.6}, {"interval", {0.9, 1}}}},
         {"hausdorff95", {{"value", 3.5}, {"threshold", 0.5}}}}},
       {"pictures", {{{"name", "<9>"}, {"v_rand", 0.9}, {"hausdorff95", nullptr}}}}})});
  EXPECT_THAT(html, HasSubstr("<td>V_rand</td><td class=\"n\">0.9713</td>"
                              "<td class=\"n\">0.9000 to 1.0000</td><td class=\"n\">0.6</td>"
                              "<td class=\"n\">–</td><td class=\"n\">1</td><td>larger</td>"));
  EXPECT_THAT(html, HasSubstr("<td>HD95 (px)</td><td class=\"n\">3.50</td>"));
  EXPECT_THAT(html, HasSubstr("<td>&lt;9&gt;</td><td class=\"n\">0.9000</td>"));
  EXPECT_THAT(html, HasSubstr("What the metrics are"));
  EXPECT_THAT(html, Not(HasSubstr("Dice")));
}

TEST_F(MetricsSection, ShowsWhatIsDeliveredAndWhatIsLeftOut) {
  const auto html = page({write_evaluation(
      {{"pooled", {{"v_rand", {{"value", 0.97}, {"of", "probabilities"}, {"left_out", 1}}}}},
       {"segments",
        {{"v_rand",
          {{"value", 0.95}, {"threshold", nullptr}, {"interval", nullptr}, {"of", "segments"}}}}},
       {"pictures", {{{"name", "1"}, {"v_rand", 0.97}}, {{"name", "2"}, {"v_rand", nullptr}}}},
       {"unlabelled", 4},
       {"remarks", {"a remark"}}})});
  EXPECT_THAT(html, HasSubstr("<td class=\"n\">0.9500</td><td>1 of 2</td>"));
  EXPECT_THAT(html, HasSubstr("without labels, which are left out: 4."));
  EXPECT_THAT(html, HasSubstr("a remark."));
}

TEST_F(MetricsSection, ShowsOtherEvaluationsBesideThisOne) {
  const auto html = page({write_evaluation(
      {{"pooled", {{"v_rand", {{"value", 0.97131}}}}},
       {"comparison",
        {{{"name", "this run"}, {"v_rand", 0.97131}}, {{"name", "FCN-8s"}, {"seg", 0.5}}}}})});
  EXPECT_THAT(html, HasSubstr("<td>FCN-8s</td><td class=\"n\">–</td><td class=\"n\">0.5000</td>"));
  EXPECT_THAT(html, Not(HasSubstr("Pixel disagreement")));
}

TEST_F(MetricsSection, DrawsCurves) {
  page({write_evaluation({{"pooled", {{"v_rand", {{"value", 0.5}}}}},
                          {"curves", {{"v_rand", {{0, 0.25}, {0.1, 0.5}}}}}})});
  EXPECT_THAT(figures(), testing::ElementsAre("threshold_curves"));
}

TEST_F(MetricsSection, ShowsTheSpreadOfSeveralTrainings) {
  Paths evaluations = {write_evaluation({{"pooled", {{"v_rand", {{"value", 0.6}}}}}})};
  for (const auto& [name, value] : {std::pair("1", 0.5), std::pair("2", 0.7)}) {
    evaluations.push_back(
        write_evaluation({{"pooled", {{"v_rand", {{"value", value}}}}}},
                         fmt::format("seeds/{}/evaluation/evaluation.json", name)));
  }
  const auto html = page(evaluations);
  EXPECT_THAT(html, HasSubstr("The spread over 2 trainings"));
  EXPECT_THAT(html, HasSubstr("<td>2</td><td class=\"n\">0.7000</td>"));
  EXPECT_THAT(html, HasSubstr("<td>standard deviation</td><td class=\"n\">0.1414</td>"));
}

}  // namespace
}  // namespace unetflow
