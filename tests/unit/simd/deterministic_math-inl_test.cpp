#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <set>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/deterministic_math-inl_test.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "simd/deterministic_math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace unetflow::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::CappedTag<float, 16>;

template <class Function>
void ForEachVector(const float* from, std::size_t count, Function function) {
  const Float d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) function(d, hn::LoadU(d, from + i), i);
}

void Logs(const float* from, std::size_t count, float* to) {
  ForEachVector(from, count,
                [=](Float d, auto x, std::size_t i) { hn::StoreU(NaturalLog(d, x), d, to + i); });
}

void Exponentials(const float* from, std::size_t count, float* to) {
  ForEachVector(from, count, [=](Float d, auto z, std::size_t i) {
    hn::StoreU(ExponentialOfMinus(d, z), d, to + i);
  });
}

/// Cosines, then sines.
void CosinesAndSines(const float* from, std::size_t count, float* to) {
  ForEachVector(from, count, [=](Float d, auto t, std::size_t i) {
    hn::Vec<Float> cosine, sine;
    CosineSineOfTurns(d, t, cosine, sine);
    hn::StoreU(cosine, d, to + i);
    hn::StoreU(sine, d, to + count + i);
  });
}

}  // namespace unetflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "every_target.hpp"  // after Highway's own headers

namespace unetflow {
namespace {

HWY_EXPORT(Logs);
HWY_EXPORT(Exponentials);
HWY_EXPORT(CosinesAndSines);

constexpr std::size_t kCount = 4096;  // of whole vectors on every target

std::vector<float> evenly(double low, double high) {
  std::vector<float> values(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    values[i] = static_cast<float>(low + (high - low) * static_cast<double>(i) / kCount);
  }
  return values;
}

/// The results of `run` on every target, of which there is one only if all are the same.
std::vector<float> same_on_every_target(std::size_t size, std::function<void(float*)> run) {
  std::set<std::vector<float>> results;
  on_every_target([&](const char*) {
    std::vector<float> result(size);
    run(result.data());
    results.insert(result);
  });
  EXPECT_EQ(results.size(), 1u);
  return *results.begin();
}

TEST(VectorNaturalLog, AgreesWithTheStandardLibraryOnEveryInstructionSet) {
  auto x = evenly(0, 4);
  x[0] = 0x1p-126f;
  const auto result = same_on_every_target(kCount, [&](float* to) {
    HWY_DYNAMIC_DISPATCH(Logs)(x.data(), kCount, to);
  });
  for (std::size_t i = 0; i < kCount; ++i) {
    const double expected = std::log(double{x[i]});
    ASSERT_NEAR(result[i], expected, 2e-7 * std::abs(expected)) << x[i];
  }
}

TEST(VectorExponentialOfMinus, AgreesWithTheStandardLibraryOnEveryInstructionSet) {
  const auto z = evenly(0, 86);
  const auto result = same_on_every_target(kCount, [&](float* to) {
    HWY_DYNAMIC_DISPATCH(Exponentials)(z.data(), kCount, to);
  });
  for (std::size_t i = 0; i < kCount; ++i) {
    ASSERT_NEAR(result[i] / std::exp(-double{z[i]}), 1, 2e-7) << z[i];
  }
}

TEST(VectorCosineSineOfTurns, AgreeWithTheStandardLibraryOnEveryInstructionSet) {
  const auto turns = evenly(0, 1);
  const auto result = same_on_every_target(2 * kCount, [&](float* to) {
    HWY_DYNAMIC_DISPATCH(CosinesAndSines)(turns.data(), kCount, to);
  });
  for (std::size_t i = 0; i < kCount; ++i) {
    const double angle = 2 * std::numbers::pi * turns[i];
    ASSERT_NEAR(result[i], std::cos(angle), 4e-7) << turns[i];
    ASSERT_NEAR(result[kCount + i], std::sin(angle), 4e-7) << turns[i];
  }
}

}  // namespace
}  // namespace unetflow
#endif
