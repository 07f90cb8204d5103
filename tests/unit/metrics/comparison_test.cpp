#include "metrics/comparison.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "measured.hpp"

namespace unetflow {
namespace {

TEST(Comparison, RowsHaveTheValuesOverAllImages) {
  const auto evaluation = evaluated(two_pictures());
  const Json row = comparison_row("this run", evaluation.metrics);
  EXPECT_EQ(row.at("name"), "this run");
  EXPECT_EQ(row.at("v_info"), 0.5);
  EXPECT_EQ(row.size(), evaluation.metrics.size() + 1);
}

TEST(Comparison, RowsOfAnotherEvaluationAreReadFromItsFile) {
  EXPECT_EQ(comparison_row(
                "other", Json::parse(R"({"pooled": {"v_rand": {"value": 0.25}}, "pictures": []})")),
            Json::parse(R"({"name": "other", "v_rand": 0.25})"));
}

TEST(Comparison, SpreadIsOfWhatAllRowsHave) {
  const Json rows = Json::parse(R"([{"name": "this run", "v_rand": 0.5, "v_info": 0.5, "seg": 1},
                                    {"name": "seed 2", "v_rand": 0.75, "seg": null}])");
  EXPECT_EQ(spread_rows(rows), Json::parse(R"([{"name": "mean", "v_rand": 0.625},
                                               {"name": "lowest", "v_rand": 0.5},
                                               {"name": "highest", "v_rand": 0.75}])"));
}

TEST(Comparison, DeviationIsThatOfASample) {
  const Json rows = Json::parse(R"([{"name": "1", "v_rand": 0.5, "seg": 1},
                                    {"name": "2", "v_rand": 0.75, "seg": null}])");
  const Json row = deviation_row(rows);
  EXPECT_EQ(row.size(), 2u);
  EXPECT_DOUBLE_EQ(row.at("v_rand"), std::sqrt(2 * 0.125 * 0.125));
}

}  // namespace
}  // namespace unetflow
