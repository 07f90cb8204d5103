#include "network/loss.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "core/fixed_sum.hpp"
#include "image/view.hpp"
#include "network/softmax.hpp"

namespace unetflow {
namespace {

// In numerator and denominator of soft Dice. Makes a class that is neither present nor predicted
// perfect, and avoids a division by 0.
constexpr double kSmoothing = 1;

/// Of one class: its probability [batch, y, x], 0 where it is ignored, against its truth, 1 or 0.
at::Tensor soft_dice(const at::Tensor& probability, const at::Tensor& truth) {
  return (2 * (probability * truth).sum() + kSmoothing) /
         (probability.sum() + truth.sum() + kSmoothing);
}

/// The loss and its gradient on a CPU, with sums in a fixed order.
class LossOnCpu {
 public:
  LossOnCpu(const LossConfig& config, const at::Tensor& logits, const at::Tensor& label,
            const at::Tensor& weight)
      : dice_(config.dice),
        classes_(logits.size(1)),
        plane_(logits.size(2) * logits.size(3)),
        images_(logits.size(0)),
        logits_(logits),
        label_(label),
        weight_(weight),
        probability_(at::empty_like(logits)),
        log_sum_(at::empty_like(weight)) {
    for (Index n = 0; n < images_; ++n) {
      at::parallel_for(0, plane_, kPixels, [&](std::int64_t begin, std::int64_t end) {
        softmax(of(logits_, n, 0) + begin, classes_, plane_, end - begin,
                const_cast<float*>(of(probability_, n, 0)) + begin,
                log_sum_.data_ptr<float>() + n * plane_ + begin);
      });
    }
    count();
    add_up();
  }

  double value() const { return value_; }

  /// By the logits: of the cross-entropy weight / pixels * (p - y), of Dice by the chain rule.
  at::Tensor gradient() const {
    at::Tensor gradient = at::empty_like(logits_);
    float* const to = gradient.data_ptr<float>();
    const auto pixels = static_cast<float>(pixels_);
    for (Index n = 0; n < images_; ++n) {
      const std::int64_t* const label = labels(n);
      const float* const weight = weight_.const_data_ptr<float>() + n * plane_;
      at::parallel_for(0, plane_, kPixels, [&](std::int64_t begin, std::int64_t end) {
        for (Index i = begin; i < end; ++i) {
          const bool ignored = label[i] == kIgnored;
          float mean = 0;  // of Dice's gradients by probabilities
          for (Index c = 1; c < classes_ && dice_ > 0; ++c) {
            mean += of(probability_, n, c)[i] * by_probability(c, label[i]);
          }
          for (Index c = 0; c < classes_; ++c) {
            const float p = of(probability_, n, c)[i];
            const float entropy = weight[i] / pixels * (p - (label[i] == c ? 1.F : 0.F));
            const float overlap =
                dice_ > 0 ? p * ((c > 0 ? by_probability(c, label[i]) : 0) - mean) : 0;
            to[(n * classes_ + c) * plane_ + i] = ignored ? 0 : entropy + overlap;
          }
        }
      });
    }
    return gradient;
  }

 private:
  static constexpr Index kPixels = 1 << 12;  // at least, for each thread
  /// Dice's gradient by a probability of class c is `other`, and `own` more where the label is c.
  struct DiceSlope {
    float own = 0, other = 0;
  };

  const float* of(const at::Tensor& planes, Index n, Index c) const {
    return planes.const_data_ptr<float>() + (n * classes_ + c) * plane_;
  }
  const std::int64_t* labels(Index n) const {
    return label_.const_data_ptr<std::int64_t>() + n * plane_;
  }
  float by_probability(Index c, std::int64_t label) const {
    const DiceSlope& slope = slopes_[static_cast<size_t>(c)];
    return label == c ? slope.own + slope.other : slope.other;
  }

  void count() {
    counts_.assign(static_cast<size_t>(classes_), 0);
    for (Index i = 0; i < images_ * plane_; ++i) {
      const std::int64_t label = labels(0)[i];
      if (label == kIgnored) continue;
      if (label < 0 || label >= classes_) {
        throw Error(fmt::format("a label is {}, expected one of {} classes", label, classes_));
      }
      ++counts_[static_cast<size_t>(label)];
    }
    std::int64_t all = 0;
    for (const auto count : counts_) all += count;
    pixels_ = static_cast<double>(std::max<std::int64_t>(all, 1));
  }

  void add_up() {
    double entropy = 0;
    for (Index n = 0; n < images_; ++n) {
      const float* const sum = log_sum_.const_data_ptr<float>() + n * plane_;
      const float* const weight = weight_.const_data_ptr<float>() + n * plane_;
      entropy += fixed_sum(plane_, [&](Index i) {
        const std::int64_t label = labels(n)[i];
        return label == kIgnored ? 0 : weight[i] * (sum[i] - of(logits_, n, label)[i]);
      });
    }
    value_ = entropy / pixels_;
    if (dice_ == 0) return;
    slopes_.resize(static_cast<size_t>(classes_));
    const double share = dice_ / static_cast<double>(classes_ - 1);
    for (Index c = 1; c < classes_; ++c) {
      double both = kSmoothing, either = kSmoothing;
      for (Index n = 0; n < images_; ++n) {
        const float* const p = of(probability_, n, c);
        const std::int64_t* const label = labels(n);
        both += 2 * fixed_sum(plane_, [&](Index i) { return label[i] == c ? p[i] : 0; });
        either += fixed_sum(plane_, [&](Index i) { return label[i] == kIgnored ? 0 : p[i]; });
      }
      either += static_cast<double>(counts_[static_cast<size_t>(c)]);
      value_ += share * (1 - both / either);
      slopes_[static_cast<size_t>(c)] = {static_cast<float>(-2 * share / either),
                                         static_cast<float>(share * both / either / either)};
    }
  }

  double dice_;
  Index classes_, plane_, images_;
  at::Tensor logits_, label_, weight_, probability_, log_sum_;
  std::vector<std::int64_t> counts_;  // pixels of each class
  double pixels_ = 1;                 // annotated, and at least 1
  double value_ = 0;
  std::vector<DiceSlope> slopes_;  // one per class
};

struct LossFunction : torch::autograd::Function<LossFunction> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& logits,
                            const at::Tensor& label, const at::Tensor& weight, double dice) {
    const LossOnCpu loss({dice}, logits, label, weight);
    context->save_for_backward({loss.gradient()});
    return at::full({}, loss.value(), logits.options());
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {context->get_saved_variables()[0] * gradients[0], {}, {}, {}};
  }
};

}  // namespace

at::Tensor segmentation_loss(const LossConfig& config, const at::Tensor& logits,
                             const at::Tensor& label, const at::Tensor& weight) {
  if (logits.is_cpu()) {
    return LossFunction::apply(logits.to(at::kFloat).contiguous(), label.contiguous(),
                               weight.contiguous(), config.dice);
  }
  const at::Tensor log_probability = at::log_softmax(logits.to(at::kFloat), 1);
  const at::Tensor annotated = label.ne(kIgnored).to(at::kFloat);
  const at::Tensor pixels = annotated.sum().clamp_min(1);
  // Not reduced by LibTorch, whose reductions of it are not deterministic on a GPU.
  constexpr std::int64_t none = 0;
  at::Tensor loss =
      (weight * at::nll_loss2d(log_probability, label, {}, none, kIgnored)).sum() / pixels;
  const std::int64_t classes = logits.size(1);
  for (std::int64_t c = 1; c < classes && config.dice > 0; ++c) {
    const at::Tensor probability = log_probability.select(1, c).exp() * annotated;
    const at::Tensor dice = soft_dice(probability, label.eq(c).to(at::kFloat));
    loss = loss + config.dice / static_cast<double>(classes - 1) * (1 - dice);
  }
  return loss;
}

}  // namespace unetflow
