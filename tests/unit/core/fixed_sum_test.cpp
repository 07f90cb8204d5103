#include "core/fixed_sum.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "core/random.hpp"

namespace unetflow {
namespace {

TEST(FixedSum, OfWholeNumbersIsExact) {
  for (const Index count : {0, 1, 15, 16, 17, 1023, 1024, 1025, 5000}) {
    const double sum = fixed_sum(count, [](Index i) { return static_cast<float>(i); });
    EXPECT_EQ(sum, static_cast<double>(count * (count - 1) / 2)) << count;
  }
}

/// The order that the header promises, number by number.
double slow_sum(const std::vector<float>& numbers) {
  double total = 0;
  for (size_t first = 0; first < numbers.size(); first += 1024) {
    float lanes[16] = {};
    for (size_t i = first; i < std::min(first + 1024, numbers.size()); ++i) {
      lanes[i % 16] += numbers[i];
    }
    double block = 0;
    for (const float lane : lanes) block += static_cast<double>(lane);
    total += block;
  }
  return total;
}

TEST(FixedSum, AddsInTheOrderThatItPromises) {
  std::vector<float> numbers;
  for (std::uint64_t i = 0; i < 3333; ++i) {
    numbers.push_back(static_cast<float>(random_normal(1, i)));
  }
  const auto at = [&](Index i) { return numbers[static_cast<size_t>(i)]; };
  EXPECT_EQ(fixed_sum(std::ssize(numbers), at), slow_sum(numbers));
  double exact = 0;
  for (const float number : numbers) exact += static_cast<double>(number);
  EXPECT_NEAR(slow_sum(numbers), exact, 1e-4);
}

}  // namespace
}  // namespace unetflow
