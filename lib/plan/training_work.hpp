// What an update of a U-Net costs: its products, the numbers that its layers write, and from these,
// by the speed of this machine's kernel, seconds and memory.
//
// A step of training is three passes (forward, and the gradients of inputs and of filters), with
// the same products in each: 2.25 for each output of a 3x3 convolution and pair of channels
// (minimal filtering, lib/convolution/winograd.hpp), 1 for other convolutions. All else that a step
// does (transforms, GroupNorm, ReLU, pooling) grows with the numbers that its layers write; each
// counts as kProductsPerActivation. Both constants come from steps with GroupNorm and four poolings
// (`bench_training --benchmark_filter=float32_group`, processor time of one thread with AVX-512,
// whose kernel did 58.5 x 10^9 products per second): 438, 631, 1122, 1614 and 4771 ms at 12, 16,
// 24, 32 and 64 wide, of which the sum of both gives 438, 631, 1087, 1636 and 4771. A GPU is many
// times as fast.
#pragma once

#include "image/view.hpp"

namespace unetflow {

/// Which U-Net, and what it is trained on.
struct TrainedShape {
  int depth = 3;
  int width = 16;
  int channels = 1;
  int classes = 2;
  Index input_size = 476;  ///< px
  int batch = 1;
};

struct TrainingWork {
  double products = 0;     ///< multiplications and additions, fused
  double activations = 0;  ///< numbers that layers write in a forward pass
};

/// Of one update.
TrainingWork work_of_update(const TrainedShape& shape);

/// `speed` as measured_speed() gives it.
double seconds_of(const TrainingWork& work, double speed);
/// The memory that a training takes.
double bytes_of(const TrainingWork& work);

/// Products per second of the matrix product that most of a training's time goes into, with so many
/// threads: measured for about half a second.
double measured_speed(int threads);

}  // namespace unetflow
