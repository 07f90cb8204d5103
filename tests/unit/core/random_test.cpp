#include "core/random.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace unetflow {
namespace {

// Known answers published with the generator (Random123's kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomKey, DiffersByEachOfItsArguments) {
  const std::set<std::uint64_t> keys = {
      random_key(1, Purpose::kNoise, 0, 0), random_key(2, Purpose::kNoise, 0, 0),
      random_key(1, Purpose::kOrder, 0, 0), random_key(1, Purpose::kNoise, 1, 0),
      random_key(1, Purpose::kNoise, 0, 1), random_key(1, Purpose::kNoise, 0, 1ull << 32)};
  EXPECT_EQ(keys.size(), 6u);
}

TEST(RandomUniform, HasTheMomentsOfTheUniformDistribution) {
  double sum = 0, squares = 0, least = 1, most = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = random_uniform(7, static_cast<std::uint64_t>(i));
    sum += u;
    squares += u * u;
    least = std::min(least, u);
    most = std::max(most, u);
  }
  EXPECT_NEAR(sum / n, 1.0 / 2, 0.005);
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.005);
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
}

TEST(RandomNormal, HasMeanZeroAndVarianceOne) {
  double sum = 0, squares = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double z = random_normal(7, static_cast<std::uint64_t>(i));
    sum += z;
    squares += z * z;
  }
  EXPECT_NEAR(sum / n, 0, 0.015);
  EXPECT_NEAR(squares / n, 1, 0.02);
}

TEST(RandomPermutation, HoldsEveryIndexOnceAndDependsOnTheKey) {
  auto order = random_permutation(random_key(1, Purpose::kOrder, 0), 100);
  EXPECT_NE(order, random_permutation(random_key(1, Purpose::kOrder, 1), 100));
  EXPECT_EQ(order, random_permutation(random_key(1, Purpose::kOrder, 0), 100));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
  EXPECT_TRUE(random_permutation(1, 0).empty());
}

}  // namespace
}  // namespace unetflow
