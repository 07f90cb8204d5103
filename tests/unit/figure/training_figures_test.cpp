#include "figure/training_figures.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace unetflow {
namespace {

using testing::ElementsAre;
using Point = std::array<double, 2>;

TEST(RunningMean, IsOfAsManyAsThereAre) {
  EXPECT_THAT(running_mean({{0, 1}, {1, 3}, {2, 8}, {3, 1}}, 3),
              ElementsAre(Point{0, 1}, Point{1, 2}, Point{2, 4}, Point{3, 4}));
}

TEST(TrainingFigure, LongSeriesAreThinnedAndKeepTheirSpikes) {
  TrainingLog log;
  for (int step = 0; step < 100000; ++step) log.loss.push_back({double(step), 1});
  log.loss[12345][1] = 7;
  const auto figure = training_figure(log);
  const auto& points = figure.panels.at(0).lines.at(0).points;
  EXPECT_LE(points.size(), 2000u);
  EXPECT_EQ(std::count(points.begin(), points.end(), Point{12345, 7}), 1);
}

TEST(TrainingInTerminal, PlotsTheLossInAsManyLines) {
  TrainingLog log;
  EXPECT_EQ(training_in_terminal(log, 60, 12), "No update yet.\n");
  for (int step = 0; step < 100; ++step) log.loss.push_back({double(step), 1. / (1 + step)});
  const std::string text = training_in_terminal(log, 60, 12);
  EXPECT_THAT(text, testing::HasSubstr("loss by update"));
  EXPECT_NEAR(static_cast<double>(std::count(text.begin(), text.end(), '\n')), 12, 2);
}

TEST(TrainingFigure, ShowsTheLearningRateOnlyWhenItVaries) {
  TrainingLog log;
  log.loss = {{0, 1}, {1, 2}};
  log.learning_rate = {{0, 0.1}, {1, 0.1}};
  EXPECT_EQ(training_figure(log).panels.size(), 1u);
  log.learning_rate[1][1] = 0.2;
  EXPECT_EQ(training_figure(log).panels.size(), 2u);
}

TEST(FiltersFigure, LaysFiltersOutInASquareWithGaps) {
  // Four filters of one weight and two channels: 0, 2, 4, 6 are those of the first.
  const auto figure = filters_figure({0, 9, 2, 9, 4, 9, 6, 9}, 4, 2, 1, 1);
  const auto& map = figure.panels.at(0).map;
  ASSERT_EQ(map.width, 24);
  EXPECT_EQ(map.plane()(0, 0), 0);
  EXPECT_EQ(map.plane()(0, 23), 2);
  EXPECT_EQ(map.plane()(23, 7), 4);
  EXPECT_EQ(map.plane()(16, 16), 6);
  EXPECT_TRUE(std::isnan(map.plane()(12, 0)));
}

}  // namespace
}  // namespace unetflow
