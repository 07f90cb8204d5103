#include "network/loss.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

namespace unetflow {
namespace {

/// Two pixels and two classes: probabilities of class 1 are 3/4 and 1/2, truths are 1 and 0.
struct TwoPixels {
  at::Tensor logits = at::tensor({0.F, 0.F, std::log(3.F), 0.F}).view({1, 2, 1, 2});
  at::Tensor label = at::tensor({1, 0}, at::kLong).view({1, 1, 2});
  at::Tensor weight = at::tensor({1.F, 10.F}).view({1, 1, 2});
};

TEST(SegmentationLoss, IsTheMeanOfWeightedCrossEntropies) {
  const TwoPixels two;
  EXPECT_NEAR(segmentation_loss({}, two.logits, two.label, two.weight).item<double>(),
              -(std::log(0.75) + 10 * std::log(0.5)) / 2, 1e-6);
}

TEST(SegmentationLoss, AddsOneMinusSoftDiceOfTheForeground) {
  const TwoPixels two;
  // 2 * 0.75 and 1 on top, 1.25 + 1 and 1 below.
  const double dice = (2 * 0.75 + 1) / (0.75 + 0.5 + 1 + 1);
  EXPECT_NEAR(segmentation_loss({0.5}, two.logits, two.label, two.weight).item<double>(),
              -(std::log(0.75) + 10 * std::log(0.5)) / 2 + 0.5 * (1 - dice), 1e-6);
}

TEST(SegmentationLoss, TakesTheMeanDiceOfAllForegroundClasses) {
  // Certain of class 1 everywhere, where class 2 is: the Dice terms are 1 / 3 and 1 / 2, by their
  // smoothing.
  const at::Tensor logits = at::tensor({0.F, 0.F, 100.F, 100.F, 50.F, 50.F}).view({1, 3, 1, 2});
  const at::Tensor label = at::tensor({2, 1}, at::kLong).view({1, 1, 2});
  const at::Tensor none = at::zeros({1, 1, 2});
  const double first = (2. * 1 + 1) / (2 + 1 + 1), second = 1. / (0 + 1 + 1);
  EXPECT_NEAR(segmentation_loss({1}, logits, label, none).item<double>(), 1 - (first + second) / 2,
              1e-6);
}

TEST(SegmentationLoss, LeavesIgnoredPixelsOut) {
  // As if the picture ended before them, whatever is predicted there and whatever they weigh.
  const TwoPixels two;
  const at::Tensor more = at::tensor({5.F, -70.F, -3.F, 80.F}).view({1, 2, 1, 2});
  const at::Tensor logits = at::cat({two.logits, more}, 3).requires_grad_();
  const at::Tensor label = at::tensor({1, 0, 255, 255}, at::kLong).view({1, 1, 4});
  const at::Tensor weight = at::tensor({1.F, 10.F, 7.F, 0.F}).view({1, 1, 4});
  const at::Tensor whole = two.logits.clone().requires_grad_();
  const at::Tensor loss = segmentation_loss({0.5}, logits, label, weight);
  const at::Tensor expected = segmentation_loss({0.5}, whole, two.label, two.weight);
  EXPECT_FLOAT_EQ(loss.item<float>(), expected.item<float>());
  loss.backward();
  expected.backward();
  EXPECT_TRUE(logits.grad().narrow(3, 0, 2).allclose(whole.grad()));
  EXPECT_TRUE(logits.grad().narrow(3, 2, 2).eq(0).all().item<bool>());
}

TEST(SegmentationLoss, OfABatchThatIsAllIgnoredIsNothing) {
  const at::Tensor logits = at::tensor({1.F, -2.F, 3.F, 4.F}).view({1, 2, 1, 2}).requires_grad_();
  const at::Tensor loss =
      segmentation_loss({}, logits, at::full({1, 1, 2}, 255, at::kLong), at::zeros({1, 1, 2}));
  EXPECT_EQ(loss.item<float>(), 0);
  loss.backward();
  EXPECT_TRUE(logits.grad().eq(0).all().item<bool>());
}

TEST(SegmentationLoss, OfBfloat16IsFloat32) {
  const TwoPixels two;
  const at::Tensor loss =
      segmentation_loss({1}, two.logits.to(at::kBFloat16), two.label, two.weight);
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
}

TEST(SegmentationLoss, StaysFiniteForHopelessPixels) {
  const at::Tensor logits = at::tensor({1000.F, -1000.F}).view({1, 2, 1, 1}).requires_grad_();
  const at::Tensor loss =
      segmentation_loss({1}, logits, at::ones({1, 1, 1}, at::kLong), at::ones({1, 1, 1}));
  EXPECT_FLOAT_EQ(loss.item<float>(), 2000.5F);
  loss.backward();
  EXPECT_TRUE(logits.grad().isfinite().all().item<bool>());
}

}  // namespace
}  // namespace unetflow
