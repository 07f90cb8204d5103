#include "network/group_norm.hpp"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

namespace unetflow {
namespace {

struct Case {
  std::int64_t images, channels, groups, height, width;
  double mean;  ///< of the values, whose deviation is 1
  bool relu;
};

class GroupNorm : public testing::TestWithParam<Case> {
 protected:
  ~GroupNorm() override { at::set_num_threads(threads_before_); }

  /// Output and gradients, or those of LibTorch's.
  static std::vector<at::Tensor> all(bool own, at::ScalarType type) {
    const Case& c = GetParam();
    at::manual_seed(1);
    const at::Tensor input =
        (at::randn({c.images, c.channels, c.height, c.width}) + c.mean).to(type).requires_grad_();
    const at::Tensor scale = at::randn({c.channels}).to(type).requires_grad_();
    const at::Tensor shift = at::randn({c.channels}).to(type).requires_grad_();
    at::Tensor output = own ? group_normalised(input, c.groups, scale, shift, c.relu)
                            : at::group_norm(input, c.groups, scale, shift);
    if (!own && c.relu) output = output.relu();
    output.backward(at::randn(output.sizes()).to(type));
    return {output.detach(), input.grad(), scale.grad(), shift.grad()};
  }

 private:
  int threads_before_ = at::get_num_threads();
};

TEST_P(GroupNorm, EqualsLibTorchsInDoublePrecision) {
  const auto computed = all(true, at::kFloat), expected = all(false, at::kDouble);
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference =
        (computed[i].to(at::kDouble) - expected[i]).abs().max().item<double>();
    EXPECT_LT(difference / expected[i].abs().max().item<double>(), 1e-5 * (1 + GetParam().mean))
        << "result " << i;
  }
}

TEST_P(GroupNorm, GivesTheSameBitsWithAnyThreads) {
  at::set_num_threads(1);
  const auto once = all(true, at::kFloat);
  for (const int threads : {2, 3, 7}) {
    at::set_num_threads(threads);
    const auto again = all(true, at::kFloat);
    for (size_t i = 0; i < once.size(); ++i) EXPECT_TRUE(at::equal(once[i], again[i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(, GroupNorm,
                         testing::Values(Case{1, 8, 8, 5, 7, 0, false},       // a group per channel
                                         Case{2, 12, 4, 50, 61, 0, true},     // several blocks
                                         Case{1, 3, 1, 1, 2, 0, true},        // few numbers
                                         Case{3, 16, 8, 20, 20, 10, true}));  // far from 0

TEST(NormalisedGroups, KeepWhatIsNotANumber) {
  at::Tensor input = at::ones({1, 1, 2, 2});
  input[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor one = at::ones({1}), zero = at::zeros({1});
  EXPECT_TRUE(group_normalised(input, 1, one, zero, true).isnan().all().item<bool>());
}

}  // namespace
}  // namespace unetflow
