#include "network/normalise.hpp"

#include <gmock/gmock.h>

#include <limits>
#include <vector>

#include "core/fixed_sum.hpp"
#include "every_target.hpp"

namespace unetflow {
namespace {

std::vector<float> numbers(Index count, int seed) {
  std::vector<float> values(static_cast<size_t>(count));
  for (Index i = 0; i < count; ++i) {
    values[static_cast<size_t>(i)] = static_cast<float>((i * 37 + seed * 11) % 101 - 50) / 7;
  }
  return values;
}

/// Whole vectors, blocks of sums and what is left of both.
constexpr Index kCounts[] = {1, 15, 16, 33, 1024, 2048, 5003};
constexpr float kMean = 0.3f;

TEST(Normalise, SumsAreThoseOfFixedSumOnEveryInstructionSet) {
  for (const Index count : kCounts) {
    const auto x = numbers(count, 1), dy = numbers(count, 2);
    const Normalised line{0.7f, -0.4f, 0};
    const auto passed = [&](Index i) {
      const auto at = static_cast<size_t>(i);
      return x[at] * line.factor + line.summand > line.least ? dy[at] : 0;
    };
    const double gradient = fixed_sum(count, passed);
    const double product =
        fixed_sum(count, [&](Index i) { return passed(i) * (x[static_cast<size_t>(i)] - kMean); });
    on_every_target([&](const char* target) {
      const GradientSums sums = gradient_sums(x.data(), dy.data(), count, line, kMean);
      EXPECT_EQ(sums.gradient, gradient) << target << count;
      EXPECT_EQ(sums.product, product) << target << count;
    });
  }
}

TEST(Normalise, MomentsAreThoseOfTheNumbers) {
  for (const Index count : kCounts) {
    const auto x = numbers(count, 3);
    double mean = 0, squares = 0;
    for (const float value : x) mean += static_cast<double>(value) / static_cast<double>(count);
    for (const float value : x) {
      const double apart = static_cast<double>(value) - mean;
      squares += apart * apart;
    }
    std::vector<double> found;
    on_every_target([&](const char* target) {
      const Moments of = moments(x.data(), count);
      EXPECT_EQ(of.count, static_cast<double>(count));
      EXPECT_NEAR(of.mean, mean, 1e-6) << target << count;
      EXPECT_NEAR(of.squares, squares, 1e-6 * squares + 1e-9) << target << count;
      found.push_back(of.mean);
      found.push_back(of.squares);
      EXPECT_EQ(found[0], of.mean) << target;
      EXPECT_EQ(found[1], of.squares) << target;
    });
  }
}

TEST(Normalise, OutputsAndInputGradientsAreThoseOfALoop) {
  for (const Index count : kCounts) {
    auto x = numbers(count, 4);
    if (count > 1) x[1] = std::numeric_limits<float>::quiet_NaN();
    const auto dy = numbers(count, 5);
    for (const float least : {0.f, -std::numeric_limits<float>::infinity()}) {
      const Normalised line{-1.5f, 0.25f, least};
      const InputGradient by{kMean, 2.5f, -0.125f, 0.0625f};
      std::vector<float> y(x.size()), dx(x.size());
      on_every_target([&](const char* target) {
        normalise(x.data(), count, line, y.data());
        input_gradient(x.data(), dy.data(), count, line, by, dx.data());
        for (size_t i = 0; i < x.size(); ++i) {
          const float output = x[i] * line.factor + line.summand;
          const float passed = output > least ? dy[i] : 0;
          const float gradient =
              passed * by.by_gradient + ((x[i] - kMean) * by.by_input + by.constant);
          EXPECT_THAT(y[i], testing::NanSensitiveFloatEq(output < least ? least : output))
              << target;
          EXPECT_THAT(dx[i], testing::NanSensitiveFloatEq(gradient)) << target << i;
        }
      });
    }
  }
}

}  // namespace
}  // namespace unetflow
