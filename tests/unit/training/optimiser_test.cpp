// Against numbers worked out by hand; tests/interop compares whole networks with PyTorch.
#include "training/optimiser.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "every_device.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/network.hpp"
#include "operator_trace.hpp"

namespace unetflow {
namespace {

using testing::ThrowsMessage;

class Optimisers : public EveryDevice {};
INSTANTIATE_ON_EVERY_DEVICE(Optimisers);

/// A network that is one parameter.
class One final : public Network {
 public:
  explicit One(at::Device device, std::vector<std::int64_t> shape = {1}) : Network({}, 1) {
    value = add("one", shape, Draw::kOnes);
    to({.device = device});
  }
  at::Tensor forward(at::Tensor input, std::optional<std::uint64_t>) const override {
    return value * input;
  }
  void set_gradient(double gradient) { value.mutable_grad() = at::full_like(value, gradient); }
  double now() const { return value.mean().item<double>(); }
  at::Tensor value;
};

TEST_P(Optimisers, SgdMovesByMomentum) {
  One network(device());
  OptimiserConfig config;
  config.momentum = 0.5;
  Optimiser optimiser(config, network);
  network.set_gradient(1);
  optimiser.step(0.1, 0);  // momentum 1
  EXPECT_NEAR(network.now(), 0.9, 1e-6);
  EXPECT_FALSE(network.value.grad().defined());
  network.set_gradient(2);
  optimiser.step(0.1, 1);  // momentum 2.5
  EXPECT_NEAR(network.now(), 0.65, 1e-6);
}

TEST_P(Optimisers, SgdDecaysWeightsThroughTheGradient) {
  One network(device());
  OptimiserConfig config;
  config.weight_decay = 0.5;
  Optimiser optimiser(config, network);
  network.set_gradient(1);
  optimiser.step(0.1, 0);  // gradient 1 + 0.5 * 1
  EXPECT_NEAR(network.now(), 0.85, 1e-6);
}

TEST_P(Optimisers, SgdWorksWithoutMomentum) {
  One network(device());
  OptimiserConfig config;
  config.momentum = 0;
  Optimiser optimiser(config, network);
  for (int number = 0; number < 2; ++number) {
    network.set_gradient(1);
    optimiser.step(0.1, number);
  }
  EXPECT_NEAR(network.now(), 0.8, 1e-6);
}

TEST_P(Optimisers, AdamwsFirstStepIsTheLearningRateBesideTheDecay) {
  One network(device());
  OptimiserConfig config;
  config.kind = "adamw";
  config.weight_decay = 0.5;
  Optimiser optimiser(config, network);
  network.set_gradient(7);
  optimiser.step(0.1, 0);  // 1 - 0.1 * 0.5 * 1 - 0.1 * sign
  EXPECT_NEAR(network.now(), 0.85, 1e-6);
}

/// Each operator is a kernel or more on a GPU, whatever the number of parameters. On a CPU none of
/// LibTorch's computes.
TEST_P(Optimisers, AdamwCountsItsUpdatesInOneOperator) {
  NetworkConfig config;
  config.width = 2;
  const auto network = make_network(config, 1);
  network->to({.device = device()});
  OptimiserConfig adamw;
  adamw.kind = "adamw";
  Optimiser optimiser(adamw, *network);
  for (const auto& parameter : network->parameters()) {
    parameter.value.mutable_grad() = at::ones_like(parameter.value);
  }
  const OperatorTrace trace;
  optimiser.step(0.1, 0);
  const auto expected = device().is_cpu() ? 0 : 1;
  EXPECT_EQ(trace.count("aten::fill_"), expected);
  EXPECT_EQ(trace.count("aten::_fused_adamw_"), expected);
}

TEST_P(Optimisers, ClipsTheNormOfAllGradientsTogether) {
  One network(device(), {4});  // the gradient's norm is 2 * 3
  OptimiserConfig config;
  config.gradient_clip = 2;
  Optimiser optimiser(config, network);
  network.set_gradient(3);
  optimiser.step(0.1, 0);
  EXPECT_NEAR(network.now(), 1 - 0.1 * 3 * 2 / 6, 1e-6);
  network.set_gradient(0.5);  // norm 1: left alone
  const double before = network.now();
  OptimiserConfig still = config;
  still.momentum = 0;
  Optimiser(still, network).step(0.1, 0);
  EXPECT_NEAR(network.now(), before - 0.1 * 0.5, 1e-6);
}

TEST_P(Optimisers, GoesOnFromItsStateBitForBit) {
  for (const char* kind : {"sgd", "adamw"}) {
    OptimiserConfig config;
    config.kind = kind;
    One stopped(device(), {2, 3, 3, 3}), whole(device(), {2, 3, 3, 3});
    Optimiser first(config, stopped), never_stopped(config, whole);
    const auto step = [](One& network, Optimiser& optimiser, int number) {
      network.set_gradient(0.1 * number + 0.3);
      optimiser.step(0.01, number);
    };
    for (int number = 0; number < 3; ++number) {
      step(whole, never_stopped, number);
      step(stopped, first, number);
    }
    Optimiser second(config, stopped);
    second.set_state(first.state());
    for (int number = 3; number < 6; ++number) {
      step(whole, never_stopped, number);
      step(stopped, second, number);
    }
    EXPECT_TRUE(stopped.value.equal(whole.value)) << kind;
  }
}

TEST_P(Optimisers, SaysHowItsStateIsNamed) {
  One network(device());
  OptimiserConfig adamw;
  adamw.kind = "adamw";
  const Optimiser optimiser(adamw, network);
  check_tensors(network, optimiser.groups(), optimiser.state(), "checkpoint");
  EXPECT_THAT(
      [&] {
        check_tensors(network, optimiser.groups(), Optimiser({}, network).state(), "checkpoint");
      },
      ThrowsMessage<InputError>("checkpoint: has no tensor \"mean/one\", which the network needs"));
}

TEST_P(Optimisers, OnlyMeansOfSquaresMayBeInfiniteAndNoneIsNegative) {
  One network(device());
  OptimiserConfig adamw;
  adamw.kind = "adamw";
  const Optimiser optimiser(adamw, network);
  const auto with = [&](const char* name, float value) {
    Tensors state = optimiser.state();
    state.at(name) = Tensor::of({1}, std::vector<float>{value});
    return [&, state] { check_tensors(network, optimiser.groups(), state, "checkpoint"); };
  };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  EXPECT_NO_THROW(with("square/one", infinity)());
  EXPECT_THROW(with("square/one", -1)(), InputError);
  EXPECT_THROW(with("square/one", std::nanf(""))(), InputError);
  EXPECT_THROW(with("mean/one", infinity)(), InputError);
  EXPECT_NO_THROW(with("mean/one", -1)());
}

TEST(LearningRate, StaysConstantUnlessAskedOtherwise) {
  EXPECT_EQ(learning_rate({}, 0.5, 0, 100), 0.5);
  EXPECT_EQ(learning_rate({}, 0.5, 99, 100), 0.5);
}

TEST(LearningRate, FallsAlongACosine) {
  const ScheduleConfig cosine{"cosine", 0};
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 2, 0, 100), 2);
  EXPECT_DOUBLE_EQ(learning_rate(cosine, 2, 50, 100), 1);
  EXPECT_NEAR(learning_rate(cosine, 2, 25, 100), 1 + std::sqrt(0.5), 1e-12);
}

TEST(LearningRate, OfOneCycleRisesAndFalls) {
  const ScheduleConfig cycle{"one_cycle", 0.25};
  EXPECT_NEAR(learning_rate(cycle, 2, 0, 100), 2 / 25., 1e-12);
  EXPECT_DOUBLE_EQ(learning_rate(cycle, 2, 12, 100), (2 / 25. + 2) / 2);
  EXPECT_DOUBLE_EQ(learning_rate(cycle, 2, 24, 100), 2);
  EXPECT_NEAR(learning_rate(cycle, 2, 99, 100), 2 / 25e4, 1e-12);
}

}  // namespace
}  // namespace unetflow
