#include "network/softmax.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.hpp"
#include "every_target.hpp"

namespace unetflow {
namespace {

struct Result {
  std::vector<float> probability, log_sum;
};

Result softmax_of(const std::vector<float>& logits, Index classes) {
  const Index pixels = std::ssize(logits) / classes;
  Result result{std::vector<float>(logits.size()), std::vector<float>(static_cast<size_t>(pixels))};
  softmax(logits.data(), classes, pixels, pixels, result.probability.data(), result.log_sum.data());
  return result;
}

std::vector<float> noise(size_t size, double spread) {
  std::vector<float> numbers(size);
  for (size_t i = 0; i < size; ++i) numbers[i] = static_cast<float>(spread * random_normal(2, i));
  return numbers;
}

TEST(Softmax, IsThatOfEachPixelWithTheSameBitsOnEveryInstructionSet) {
  for (const Index classes : {1, 2, 5}) {
    constexpr Index pixels = 77;
    const auto logits = noise(static_cast<size_t>(classes * pixels), 4);
    Result first;
    on_every_target([&](const char* target) {
      const Result result = softmax_of(logits, classes);
      if (first.probability.empty()) first = result;
      EXPECT_EQ(result.probability, first.probability) << target;
      EXPECT_EQ(result.log_sum, first.log_sum) << target;
    });
    for (Index i = 0; i < pixels; ++i) {
      const auto logit = [&](Index c) {
        return double{logits[static_cast<size_t>(c * pixels + i)]};
      };
      double sum = 0;
      for (Index c = 0; c < classes; ++c) sum += std::exp(logit(c));
      EXPECT_NEAR(first.log_sum[static_cast<size_t>(i)], std::log(sum), 1e-5);
      for (Index c = 0; c < classes; ++c) {
        EXPECT_NEAR(first.probability[static_cast<size_t>(c * pixels + i)],
                    std::exp(logit(c)) / sum, 1e-6);
      }
    }
  }
}

TEST(Softmax, OfFarLogitsIsCertain) {
  const Result result = softmax_of({1000, -1000}, 2);
  EXPECT_EQ(result.probability[0], 1);
  EXPECT_LT(result.probability[1], 1e-37);
  EXPECT_EQ(result.log_sum[0], 1000);
}

TEST(Softmax, TellsLogitsThatAreNotNumbers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  on_every_target([&](const char* target) {
    for (const float wrong : {nan, infinity}) {
      for (const auto& logits : {std::vector<float>{wrong, 1}, {1, wrong}}) {
        const Result result = softmax_of(logits, 2);
        EXPECT_TRUE(std::isnan(result.probability[0] + result.probability[1])) << target;
        EXPECT_TRUE(std::isnan(result.log_sum[0])) << target;
      }
    }
  });
}

}  // namespace
}  // namespace unetflow
