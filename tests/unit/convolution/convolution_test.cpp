#include "convolution/convolution.hpp"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include "convolution/winograd.hpp"
#include "every_target.hpp"

namespace unetflow {
namespace {

struct Case {
  std::int64_t pictures, incoming, outgoing, height, width, padding;
  int threads;
};

class Winograd : public testing::TestWithParam<Case> {
 protected:
  Winograd() { at::set_num_threads(GetParam().threads); }
  ~Winograd() override { at::set_num_threads(threads_before_); }

 private:
  int threads_before_ = at::get_num_threads();
};

/// A convolution's output and gradients.
std::vector<at::Tensor> all_of(bool winograd, const std::vector<at::Tensor>& given,
                               std::int64_t padding, at::ScalarType type) {
  const auto parameter = [&](size_t i) {
    return given[i].detach().to(type, false, true).requires_grad_();
  };
  const at::Tensor input = parameter(0), weight = parameter(1), bias = parameter(2);
  const at::Tensor output = winograd ? winograd_convolution(input, weight, bias, padding)
                                     : at::conv2d(input, weight, bias, 1, padding);
  output.backward(given[3].to(type));
  return {output.detach(), input.grad(), weight.grad(), bias.grad()};
}

/// Input, weight, bias and the output's gradient.
std::vector<at::Tensor> example(const Case& c) {
  at::manual_seed(1);
  return {at::randn({c.pictures, c.incoming, c.height, c.width}),
          at::randn({c.outgoing, c.incoming, 3, 3}), at::randn({c.outgoing}),
          at::randn(
              {c.pictures, c.outgoing, c.height + 2 * c.padding - 2, c.width + 2 * c.padding - 2})};
}

TEST_P(Winograd, EqualsADirectConvolutionInDoublePrecision) {
  const auto given = example(GetParam());
  const auto computed = all_of(true, given, GetParam().padding, at::kFloat);
  const auto expected = all_of(false, given, GetParam().padding, at::kDouble);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(computed[i].sizes(), expected[i].sizes());
    const double difference =
        (computed[i].to(at::kDouble) - expected[i]).abs().max().item<double>();
    EXPECT_LT(difference / expected[i].abs().max().item<double>(), 3e-5) << "of result " << i;
  }
}

TEST_P(Winograd, GivesTheBytesOfAReluBehindIt) {
  const auto given = example(GetParam());
  std::vector<std::vector<at::Tensor>> results;
  for (const bool within : {true, false}) {
    const auto parameter = [&](size_t i) { return given[i].clone().requires_grad_(); };
    const at::Tensor input = parameter(0), weight = parameter(1), bias = parameter(2);
    const at::Tensor output =
        winograd_convolution(input, weight, bias, GetParam().padding, /*relu=*/within);
    const at::Tensor all = within ? output : output.relu();
    all.backward(given[3]);
    results.push_back({all.detach(), input.grad(), weight.grad(), bias.grad()});
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_TRUE(at::equal(results[0][i], results[1][i])) << "of result " << i;
  }
}

/// The middle of larger images, and others, side by side as channels.
TEST(WinogradOfBoth, GivesTheBytesOfTheirConcatenation) {
  at::manual_seed(3);
  const at::Tensor weight = at::randn({5, 7, 3, 3}), bias = at::randn({5});
  const at::Tensor given = at::randn({2, 5, 27, 39});
  std::vector<std::vector<at::Tensor>> results;
  for (const bool both : {true, false}) {
    at::manual_seed(4);
    const at::Tensor larger = at::randn({2, 3, 39, 51}).requires_grad_();
    const at::Tensor second = at::randn({2, 4, 29, 41}).requires_grad_();
    const at::Tensor weights = weight.clone().requires_grad_();
    const at::Tensor biases = bias.clone().requires_grad_();
    const at::Tensor first = larger.narrow(2, 4, 29).narrow(3, 5, 41);
    const at::Tensor output =
        both ? winograd_convolution_of_both(first, second, weights, biases, 0)
             : winograd_convolution(at::cat({first, second}, 1), weights, biases, 0);
    output.backward(given);
    results.push_back({output, larger.grad(), second.grad(), weights.grad(), biases.grad()});
  }
  for (size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_TRUE(at::equal(results[0][i], results[1][i])) << "of result " << i;
  }
}

TEST_P(Winograd, GivesTheSameBitsWithAnyThreadsAndInstructionSet) {
  const auto given = example(GetParam());
  std::vector<at::Tensor> once;
  on_every_target([&](const char* target) {
    if (!winograd::fused_multiply_add()) return;
    for (const int threads : {1, 2, 3, 7}) {
      at::set_num_threads(threads);
      const auto again = all_of(true, given, GetParam().padding, at::kFloat);
      if (once.empty()) once = again;
      for (size_t i = 0; i < once.size(); ++i) {
        EXPECT_TRUE(at::equal(once[i], again[i]))
            << "result " << i << ", " << threads << " threads, " << target;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(, Winograd,
                         testing::Values(Case{1, 8, 8, 6, 6, 0, 1},    // one tile of output
                                         Case{1, 16, 8, 3, 3, 0, 1},   // one pixel
                                         Case{1, 8, 24, 9, 31, 0, 2},  // tiles cut off at both ends
                                         Case{2, 12, 9, 21, 18, 1, 2},     // a batch, with padding
                                         Case{1, 64, 64, 100, 100, 0, 1},  // several blocks
                                         Case{1, 64, 64, 100, 100, 0, 2},  // side by side
                                         Case{3, 32, 32, 40, 64, 1, 2},
                                         Case{1, 256, 320, 12, 12, 0,
                                              2},  // sums too large for each thread to have its own
                                         Case{1, 1, 16, 20, 20, 0, 1},  // the first layer
                                         Case{1, 3, 2, 9, 30, 1, 2}));

}  // namespace
}  // namespace unetflow
