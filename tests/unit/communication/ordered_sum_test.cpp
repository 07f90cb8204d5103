#include "communication/ordered_sum.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/random.hpp"
#include "threads.hpp"

namespace unetflow {
namespace {

/// Of very different sizes, so that another order would give another sum.
float summand(int number, size_t i) {
  const auto key = random_key(1, Purpose::kNoise, 0, static_cast<std::uint64_t>(number));
  return static_cast<float>(random_normal(key, i) * std::pow(10., random_uniform(key, i) * 8));
}

std::vector<float> sum_in_order(int summands, size_t size) {
  std::vector<float> sum(size);
  for (size_t i = 0; i < size; ++i) {
    sum[i] = summand(0, i);
    for (int number = 1; number < summands; ++number) sum[i] += summand(number, i);
  }
  return sum;
}

TEST(OrderedSum, IsThatOfALoopForAnyNumberOfProcessesAndSummands) {
  const std::vector<size_t> sizes = {1, 1000, 70'001};
  for (const int processes : {1, 2, 3, 4}) {
    for (const int summands : {1, 4, 7}) {
      in_threads(processes, [&](Communicator& own) {
        std::vector<std::vector<float>> values;
        std::vector<std::span<float>> arrays;
        for (const size_t size : sizes) values.emplace_back(size);
        for (auto& array : values) arrays.emplace_back(array);
        OrderedSum sum(own, arrays);
        for (int first = 0; first < summands; first += processes) {
          const Round round = {std::min(processes, summands - first), first == 0,
                               first + processes >= summands};
          for (size_t a = 0; a < sizes.size(); ++a) {
            sum.wait(a);
            for (size_t i = 0; i < sizes[a]; ++i) values[a][i] = summand(first + own.rank(), i);
            sum.start(a, round);
          }
        }
        for (size_t a = 0; a < sizes.size(); ++a) {
          sum.wait(a);
          EXPECT_EQ(values[a], sum_in_order(summands, sizes[a]))
              << processes << " processes, " << summands << " summands";
        }
      });
    }
  }
}

TEST(OrderedSum, EndsWhereAProcessIsLost) {
  auto all = communicators_of_threads(2);
  std::vector<float> values(100);
  OrderedSum sum(*all[0], {values});
  sum.start(0, {2, true, true});
  all[1].reset();
  EXPECT_THROW(sum.wait(0), PeerEnded);
}

TEST(OrderedSum, CanBeLeftInTheMiddle) {
  const auto all = communicators_of_threads(2);
  std::vector<float> values(100);
  OrderedSum sum(*all[0], {values});
  sum.start(0, {2, true, true});  // the other never does
}

}  // namespace
}  // namespace unetflow
