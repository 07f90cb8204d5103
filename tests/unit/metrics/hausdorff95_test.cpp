#include <gmock/gmock.h>

#include <array>
#include <cmath>

#include "measured.hpp"

namespace unetflow {
namespace {

double hd95(const std::vector<std::string>& truth, const std::vector<std::string>& prediction) {
  return value_at("hausdorff95", picture_of(truth, prediction));
}

/// The definition: each boundary pixel against all of the other boundary.
using Points = std::vector<std::array<Index, 2>>;
Points slow_boundary(const Picture<std::uint8_t>& mask) {
  const auto is_set = [&](Index y, Index x) {
    return y >= 0 && y < mask.height && x >= 0 && x < mask.width && mask.plane()(y, x) != 0;
  };
  Points points;
  for (Index y = 0; y < mask.height; ++y) {
    for (Index x = 0; x < mask.width; ++x) {
      if (is_set(y, x) &&
          !(is_set(y - 1, x) && is_set(y + 1, x) && is_set(y, x - 1) && is_set(y, x + 1))) {
        points.push_back({y, x});
      }
    }
  }
  return points;
}
double slow_directed(const Points& from, const Points& to) {
  std::vector<double> distances;
  for (const auto& a : from) {
    double nearest = 1e9;
    for (const auto& b : to) {
      nearest = std::min(
          nearest, std::hypot(static_cast<double>(a[0] - b[0]), static_cast<double>(a[1] - b[1])));
    }
    distances.push_back(nearest);
  }
  std::sort(distances.begin(), distances.end());
  const double rank = 0.95 * static_cast<double>(distances.size() - 1);
  const auto low = static_cast<size_t>(rank), high = std::min(low + 1, distances.size() - 1);
  return distances[low] + (rank - static_cast<double>(low)) * (distances[high] - distances[low]);
}

TEST(Hausdorff95, OfEqualMasksIsZero) { EXPECT_EQ(hd95({".##.", ".##."}, {".##.", ".##."}), 0); }

TEST(Hausdorff95, OfTwoPixelsIsTheirDistance) {
  EXPECT_EQ(hd95({"#....", ".....", ".....", "....."}, {".....", ".....", ".....", "....#"}), 5);
}

TEST(Hausdorff95, IsTheLargerOfBothDirections) {
  // The truth's pixel is found. From the found pixels, the distances 0 and 8: at rank 0.95, 7.6.
  EXPECT_DOUBLE_EQ(hd95({"#........"}, {"#.......#"}), 7.6);
}

TEST(Hausdorff95, IsBetweenBoundaries) {
  // A hole of one pixel makes its four neighbours boundary too, each 1 px from the frame, which is
  // the boundary of both: 16 of 20 distances are 0, four are 1.
  const std::vector<std::string> full(5, "#####");
  auto hole = full;
  hole[2][2] = '.';
  EXPECT_EQ(hd95(full, hole), 1);
}

TEST(Hausdorff95, IsNotDefinedWhereEitherMaskIsEmpty) {
  EXPECT_TRUE(std::isnan(hd95({"..."}, {".#."})));
  EXPECT_TRUE(std::isnan(hd95({".#."}, {"..."})));
  const auto all = evaluated({picture_of({"..."}, {".#."}), picture_of({"#.."}, {"..#"})});
  const auto* result = find_result(all, "hausdorff95");
  ASSERT_NE(result, nullptr);
  EXPECT_EQ(result->left_out(), 1u);
  EXPECT_EQ(result->curve[5], 2);
}

TEST(Hausdorff95, IsExactWhereBoundariesLieFarApart) {
  PredictedPicture picture;
  picture.label = Picture<std::uint8_t>(40, 90);
  picture.foreground = Picture<float>(40, 90);
  for (Index y = 0; y < 40; ++y) {
    for (Index x = 0; x < 60; ++x) picture.label.plane()(y, x) = (x + y) % 3 != 0;
  }
  for (const Index x : {70, 88}) picture.foreground.plane()(x / 4, x) = 1;
  const auto truth = slow_boundary(picture.label);
  const auto mask = slow_boundary(above(picture.foreground, 0.5));
  EXPECT_NEAR(value_at("hausdorff95", picture),
              std::max(slow_directed(truth, mask), slow_directed(mask, truth)), 1e-9);
}

TEST(Hausdorff95, EqualsTheDefinitionOnRandomImages) {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const auto height = static_cast<Index>(1 + number % 29),
               width = static_cast<Index>(37 - number % 35);
    PredictedPicture picture;
    picture.label = above(random_probability(height, width, number), 0.6);
    picture.foreground = random_probability(height, width, number + 100);
    const auto truth = slow_boundary(picture.label);
    const auto mask = slow_boundary(above(picture.foreground, 0.5));
    if (truth.empty() || mask.empty()) continue;
    EXPECT_NEAR(value_at("hausdorff95", picture),
                std::max(slow_directed(truth, mask), slow_directed(mask, truth)), 1e-9)
        << height << " x " << width;
  }
}

}  // namespace
}  // namespace unetflow
