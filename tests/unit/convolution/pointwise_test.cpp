#include "convolution/pointwise.hpp"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include "convolution/winograd.hpp"
#include "every_target.hpp"

namespace unetflow {
namespace {

struct Case {
  std::int64_t images, incoming, outgoing, height, width;
};

class MatrixProducts : public testing::TestWithParam<Case> {
 protected:
  ~MatrixProducts() override { at::set_num_threads(threads_before_); }

  /// Output and gradients of both operators, or of LibTorch's.
  std::vector<at::Tensor> all(bool own, at::ScalarType type) const {
    const Case& c = GetParam();
    at::manual_seed(1);
    std::vector<at::Tensor> results;
    for (const std::int64_t factor : {1, 2}) {
      const bool up = factor == 2;
      const at::Tensor input =
          at::randn({c.images, c.incoming, c.height, c.width}).to(type).requires_grad_();
      const at::Tensor weight = (up ? at::randn({c.incoming, c.outgoing, 2, 2})
                                    : at::randn({c.outgoing, c.incoming, 1, 1}))
                                    .to(type)
                                    .requires_grad_();
      const at::Tensor bias = at::randn({c.outgoing}).to(type).requires_grad_();
      at::Tensor output;
      if (own) {
        output =
            up ? up_convolution(input, weight, bias) : pointwise_convolution(input, weight, bias);
      } else {
        output =
            up ? at::conv_transpose2d(input, weight, bias, 2) : at::conv2d(input, weight, bias);
      }
      output.backward(at::randn(output.sizes()).to(type));
      for (const auto& result : {output.detach(), input.grad(), weight.grad(), bias.grad()}) {
        results.push_back(result);
      }
    }
    return results;
  }

 private:
  int threads_before_ = at::get_num_threads();
};

TEST_P(MatrixProducts, EqualLibTorchsInDoublePrecision) {
  const auto computed = all(true, at::kFloat), expected = all(false, at::kDouble);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(computed[i].sizes(), expected[i].sizes()) << "result " << i;
    const double difference =
        (computed[i].to(at::kDouble) - expected[i]).abs().max().item<double>();
    EXPECT_LT(difference / expected[i].abs().max().item<double>(), 3e-6) << "result " << i;
  }
}

TEST_P(MatrixProducts, GiveTheSameBitsWithAnyThreadsAndInstructionSet) {
  std::vector<at::Tensor> once;
  on_every_target([&](const char* target) {
    if (!winograd::fused_multiply_add()) return;
    for (const int threads : {1, 2, 3, 7}) {
      at::set_num_threads(threads);
      const auto again = all(true, at::kFloat);
      if (once.empty()) once = again;
      for (size_t i = 0; i < once.size(); ++i) {
        EXPECT_TRUE(at::equal(once[i], again[i]))
            << "result " << i << ", " << threads << " threads, " << target;
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(, MatrixProducts,
                         testing::Values(Case{1, 1, 1, 1, 1},          // one number
                                         Case{1, 12, 2, 7, 9},         // rows within one panel
                                         Case{3, 5, 7, 33, 40},        // a batch, several chunks
                                         Case{1, 64, 3, 50, 60},       // panels read together
                                         Case{1, 300, 260, 12, 13}));  // sums in one part

TEST(ChannelSums, AreThoseOfEachChannelOverImagesAndPixels) {
  const at::Tensor images = at::arange(24, at::kFloat).view({2, 3, 2, 2});
  EXPECT_TRUE(at::equal(channel_sums(images), at::tensor({60.F, 92.F, 124.F})));
}

}  // namespace
}  // namespace unetflow
