#include "training/cuda_graph_step.hpp"

#include <gmock/gmock.h>

#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/loss.hpp"

namespace unetflow {
namespace {

struct Example {
  at::Tensor input, label, weight;
};

Example example(std::int64_t pictures, std::uint64_t seed, at::Device device) {
  at::manual_seed(seed);
  return {at::rand({pictures, 1, 28, 28}).to(device),
          at::randint(2, {pictures, 12, 12}, at::kLong).to(device),
          at::rand({pictures, 12, 12}).to(device)};
}

/// Also for a batch of another shape in between, as the last one of an epoch is.
TEST(CudaGraphStep, GivesTheLossAndGradientsOfTheBatchItIsGiven) {
  if (!at::hasCUDA()) GTEST_SKIP() << "needs a GPU: elsewhere nothing is recorded";
  const Arithmetic arithmetic = choose_arithmetic("cuda", "float32", "direct");
  NetworkConfig config;
  config.depth = 1;
  config.width = 4;
  const auto network = make_network(config, 1);
  network->to(arithmetic);
  const auto compute = [&](const at::Tensor& input, const at::Tensor& label,
                           const at::Tensor& weight) {
    const at::Tensor loss = segmentation_loss({}, network->forward(input, {}), label, weight);
    loss.backward();
    return loss.detach();
  };
  const auto take_gradients = [&] {
    std::vector<at::Tensor> gradients;
    for (const auto& parameter : network->parameters()) {
      gradients.push_back(parameter.value.grad().clone());
      parameter.value.mutable_grad().reset();
    }
    return gradients;
  };
  CudaGraphStep step(*network, compute);
  std::uint64_t seed = 0;
  for (const std::int64_t pictures : {2, 2, 1, 2}) {
    const Example given = example(pictures, ++seed, arithmetic.device);
    const at::Tensor expected = compute(given.input, given.label, given.weight);
    const auto expected_gradients = take_gradients();
    const at::Tensor loss = step.run(given.input, given.label, given.weight);
    EXPECT_TRUE(at::allclose(loss, expected, 1e-4));
    const auto gradients = take_gradients();
    for (size_t i = 0; i < gradients.size(); ++i) {
      EXPECT_TRUE(at::allclose(gradients[i], expected_gradients[i], 1e-3, 1e-5)) << "of " << i;
    }
  }
}

}  // namespace
}  // namespace unetflow
