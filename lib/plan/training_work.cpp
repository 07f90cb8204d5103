#include "plan/training_work.hpp"

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "convolution/winograd.hpp"
#include "core/stopwatch.hpp"

namespace unetflow {
namespace {

constexpr double kProductsPerActivation = 287;
/// Of the speed of the kernel alone, in cache: 0.71 on one thread, less on several and with samples
/// made beside.
constexpr double kShareOfPeak = 0.65;
constexpr double kBytesPerActivation = 8;  // the number itself, and its gradient
constexpr double kBytesBeside = 2e8;       // LibTorch, the samples on their way, weights

/// Follows a tile through the network, forward.
struct Walk {
  double side = 0, products = 0, activations = 0;

  void convolve(double in, double out) {
    side -= 2;
    products += 2.25 * side * side * in * out;
    activations += 2 * side * side * out;  // as convolved, and as normalised
  }
  void block(double in, double out) {
    convolve(in, out);
    convolve(out, out);
  }
  void pool(double channels) {
    side = std::floor(side / 2);
    activations += side * side * channels;
  }
  void upsample(double in, double out) {
    side *= 2;
    products += side * side * in * out;
    activations += side * side * out;
  }
};

/// The products of one thread in `seconds`, per second.
double speed_of_thread(double seconds) {
  constexpr Index kRows = 64, kOutgoing = 64, kPanels = 4;
  constexpr int kRounds = 64;
  const Index columns = winograd::columns(), panel = kRows * columns;
  const std::vector<float> a(kOutgoing * kRows, 0.5F);
  const std::vector<float> b(static_cast<size_t>(kPanels * panel), 0.25F);
  std::vector<float> c(static_cast<size_t>(kPanels * kOutgoing * columns));
  const double products = kRounds * static_cast<double>(kRows * kOutgoing * kPanels * columns);
  const Stopwatch stopwatch;
  double done = 0, taken = 0;
  do {
    for (int round = 0; round < kRounds; ++round) {
      winograd::multiply({a.data(), kRows, kOutgoing}, {b.data(), panel, kPanels}, kRows, false,
                         c.data());
    }
    done += products;
    taken = stopwatch.seconds();
  } while (taken < seconds);
  return done / taken;
}

}  // namespace

TrainingWork work_of_update(const TrainedShape& shape) {
  Walk walk{static_cast<double>(shape.input_size)};
  double channels = shape.channels;
  const auto width = [&](int level) { return std::ldexp(shape.width, level); };
  for (int level = 0; level < shape.depth; ++level) {
    walk.block(channels, width(level));
    channels = width(level);
    walk.pool(channels);
  }
  walk.block(channels, width(shape.depth));
  for (int level = shape.depth - 1; level >= 0; --level) {
    walk.upsample(width(level + 1), width(level));
    walk.block(width(level + 1), width(level));
  }
  walk.products += walk.side * walk.side * width(0) * shape.classes;
  return {3 * walk.products * shape.batch, walk.activations * shape.batch};
}

double seconds_of(const TrainingWork& work, double speed) {
  return (work.products + kProductsPerActivation * work.activations) / (kShareOfPeak * speed);
}

double bytes_of(const TrainingWork& work) {
  return kBytesBeside + kBytesPerActivation * work.activations;
}

double measured_speed(int threads) {
  constexpr double kSeconds = 0.5;
  std::vector<double> speeds(static_cast<size_t>(threads));
  std::vector<std::thread> others;
  for (size_t i = 1; i < speeds.size(); ++i) {
    others.emplace_back([&speed = speeds[i]] { speed = speed_of_thread(kSeconds); });
  }
  speeds[0] = speed_of_thread(kSeconds);
  for (auto& other : others) other.join();
  double sum = 0;
  for (const double speed : speeds) sum += speed;
  return sum;
}

}  // namespace unetflow
