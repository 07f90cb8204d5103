// Elementary functions in double precision, in plain arithmetic: the last bit of libm's depends on
// the processor, and artifacts must not. For parameters; simd/deterministic_math-inl.hpp has those
// for pixels.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace unetflow {

/// e^x, to 1e-12 of its value for |x| < 100; 0 where that is below the smallest double.
constexpr double exponential(double x) {
  if (x < -745) return 0;
  // Halved until the series is short, squared back afterwards.
  int halvings = 0;
  for (; x > 0.25 || x < -0.25; x /= 2) ++halvings;
  double sum = 1, term = 1;
  for (int n = 1; n <= 12; ++n) sum += term *= x / n;
  for (; halvings > 0; --halvings) sum *= sum;
  return sum;
}

/// Natural logarithm of x > 0, to 1e-15 of its value.
inline double natural_log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // in [0.5, 1); exact
  if (mantissa < std::numbers::sqrt2 / 2) {
    mantissa *= 2;
    --exponent;
  }
  // ln m = 2 artanh r, |r| < 0.172: the term in r^23 is below 1e-18.
  const double r = (mantissa - 1) / (mantissa + 1);
  double series = 0;
  for (int power = 21; power >= 1; power -= 2) series = series * r * r + 1.0 / power;
  return exponent * std::numbers::ln2 + 2 * r * series;
}

/// Cosine and sine of an angle in degrees, to 1e-15; exact at multiples of 90.
constexpr std::pair<double, double> cosine_sine(double degrees) {
  constexpr double kRadian = 3.14159265358979323846 / 180;
  const auto quarters = static_cast<std::int64_t>(degrees / 90 + (degrees < 0 ? -0.5 : 0.5));
  const double x = (degrees - 90.0 * static_cast<double>(quarters)) * kRadian;
  double cosine = 1, sine = x, even = 1, odd = x;
  for (int n = 1; n <= 9; ++n) {
    cosine += even *= -x * x / ((2 * n - 1) * (2 * n));
    sine += odd *= -x * x / ((2 * n) * (2 * n + 1));
  }
  switch (quarters % 4) {
    case 1:
    case -3:
      return {-sine, cosine};
    case 2:
    case -2:
      return {-cosine, -sine};
    case 3:
    case -1:
      return {sine, -cosine};
    default:
      return {cosine, sine};
  }
}

}  // namespace unetflow
