#include "core/deterministic_math.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace unetflow {
namespace {

TEST(Exponential, AgreesWithTheStandardLibrary) {
  for (double x = -90; x < 90; x += 0.37) {
    EXPECT_NEAR(exponential(x) / std::exp(x), 1, 1e-12) << x;
  }
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-1e300), 0);
  EXPECT_EQ(exponential(-std::numeric_limits<double>::infinity()), 0);
}

TEST(NaturalLog, AgreesWithTheStandardLibrary) {
  EXPECT_EQ(natural_log(1), 0);
  for (double x = 1e-9; x < 1e12; x *= 1.037) {
    EXPECT_NEAR(natural_log(x), std::log(x), 4e-16 * std::max(1.0, std::abs(std::log(x)))) << x;
  }
}

TEST(CosineSine, AgreesWithTheStandardLibrary) {
  for (double degrees = -400; degrees < 400; degrees += 0.71) {
    const auto [cosine, sine] = cosine_sine(degrees);
    EXPECT_NEAR(cosine, std::cos(degrees * std::numbers::pi / 180), 1e-14) << degrees;
    EXPECT_NEAR(sine, std::sin(degrees * std::numbers::pi / 180), 1e-14) << degrees;
  }
}

TEST(CosineSine, IsExactAtRightAngles) {
  EXPECT_EQ(cosine_sine(0), std::pair(1.0, 0.0));
  EXPECT_EQ(cosine_sine(90), std::pair(-0.0, 1.0));
  EXPECT_EQ(cosine_sine(180), std::pair(-1.0, -0.0));
  EXPECT_EQ(cosine_sine(-90), std::pair(0.0, -1.0));
  EXPECT_EQ(cosine_sine(270), std::pair(0.0, -1.0));
}

}  // namespace
}  // namespace unetflow
