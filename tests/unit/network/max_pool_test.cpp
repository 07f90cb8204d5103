#include "network/max_pool.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <limits>

#include "every_target.hpp"

namespace unetflow {
namespace {

/// max_pool and its gradient of a plane beside LibTorch's; with a middle part of some size.
void expect_as_libtorch(const at::Tensor& plane, const char* target) {
  const Index height = plane.size(0), width = plane.size(1);
  const Index top = height / 4, left = width / 3, rows = height / 2, columns = width / 2;
  const at::Tensor given = plane.clone().requires_grad_();
  const at::Tensor expected = at::max_pool2d(given.view({1, 1, height, width}), 2);
  const at::Tensor gradient = at::rand_like(expected) + 0.5;
  const at::Tensor of_middle = at::rand({rows, columns});
  expected.backward(gradient, true);
  given.narrow(0, top, rows).narrow(1, left, columns).backward(of_middle);
  at::Tensor pooled = at::empty_like(expected), back = at::full_like(plane, 7);
  max_pool(plane.const_data_ptr<float>(), height, width, pooled.data_ptr<float>());
  max_pool_gradient(plane.const_data_ptr<float>(), gradient.const_data_ptr<float>(),
                    {of_middle.const_data_ptr<float>(), top, left, rows, columns}, height, width,
                    back.data_ptr<float>());
  EXPECT_TRUE(at::allclose(pooled, expected, 0, 0, /*equal_nan=*/true)) << target;
  EXPECT_TRUE(at::equal(back, given.grad())) << target << "\n" << back << given.grad();
}

TEST(MaxPool, EqualsLibTorchsOnEveryInstructionSet) {
  at::manual_seed(1);
  on_every_target([](const char* target) {
    for (const auto& [height, width] :
         {std::pair<Index, Index>{2, 2}, {4, 34}, {7, 9}, {6, 67}, {3, 5}}) {
      expect_as_libtorch(at::randn({height, width}), target);
    }
  });
}

TEST(MaxPool, TakesTheFirstOfEqualsAndNaNs) {
  at::manual_seed(2);
  on_every_target([](const char* target) {
    expect_as_libtorch(at::randint(0, 2, {8, 70}, at::kFloat), target);
    expect_as_libtorch(at::zeros({8, 70}), target);
    at::Tensor plane = at::randint(0, 3, {8, 70}, at::kFloat);
    plane.masked_fill_(at::rand({8, 70}) < 0.3, std::numeric_limits<float>::quiet_NaN());
    expect_as_libtorch(plane, target);
    expect_as_libtorch(at::full({4, 6}, -std::numeric_limits<float>::infinity()), target);
  });
}

}  // namespace
}  // namespace unetflow
