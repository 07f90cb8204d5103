// A training in float32 on a CPU is a function of its inputs: one digest of model, log and
// prediction for each configuration, whatever the number of threads and the instruction set. CTest
// runs these tests also with what is left of LibTorch held to AVX2 and to no vectors at all.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <set>

#include "communication/threads.hpp"
#include "convolution/winograd.hpp"
#include "core/arithmetic.hpp"
#include "core/digest.hpp"
#include "every_target.hpp"
#include "network/architecture.hpp"
#include "network/network.hpp"
#include "network/predictor.hpp"
#include "operator_trace.hpp"
#include "squares.hpp"
#include "training/trainer.hpp"

namespace unetflow {
namespace {

const TrainingData kData{5, 1, 2, 60, 20};

struct Case {
  const char* name;
  Json changes;  ///< of the configuration
  const char* digest;
};

void PrintTo(const Case& of, std::ostream* out) { *out << of.name; }

TrainConfig config_of(const Case& of) {
  Json config = TrainConfig();
  config.merge_patch({{"epochs", 10},
                      {"network", {{"width", 8}}},
                      {"optimiser", {{"learning_rate", 0.01}, {"momentum", 0.9}}},
                      {"schedule", {{"kind", "one_cycle"}}},
                      {"precision", "auto"},
                      {"device", "cpu"},
                      {"checkpoint_minutes", 1e9}});
  config.merge_patch(of.changes);
  return config;
}

/// The bytes of the weights, of the log and of a prediction.
std::string digest_of(const TrainConfig& config, const Trainer& trainer, const std::string& log) {
  Sha256 digest;
  digest.update(std::as_bytes(std::span(log)));
  const Tensors weights = trainer.weights();
  for (const auto& [name, tensor] : weights) digest.update(tensor.bytes);
  const auto network =
      make_network(trainer.summary().at("network").get<NetworkConfig>(), config.seed);
  set_weights(*network, weights, "weights");
  network->to(choose_arithmetic("cpu", "auto", "auto"));
  Picture<float> image(1, 50, 70);
  for (size_t i = 0; i < image.values.size(); ++i) {
    image.values[i] = static_cast<float>(random_uniform(3, i));
  }
  PredictConfig predict;
  predict.tile_size = 40;
  const auto map = Predictor(predict, *network, kData.output_size).predict(image.stack(), "image");
  digest.update(std::as_bytes(std::span(map.values)));
  return digest.hex();
}

/// Trains until update `last`; what it then saved, if it stopped.
Checkpoint run(const TrainConfig& config, Trainer& trainer, std::string& log,
               std::int64_t last = 1 << 20) {
  Checkpoint kept;
  TrainingHooks hooks;
  hooks.log = [&](const std::string& line) { log += line + "\n"; };
  hooks.stop = [&] { return trainer.position().step >= last; };
  hooks.save = [&](const Checkpoint& checkpoint) { kept = checkpoint; };
  Squares samples(kData, trainer.position(), config.batch);
  trainer.run(samples, hooks);
  return kept;
}

std::string digest_of_training(const TrainConfig& config, int threads) {
  Trainer trainer(config, kData, threads, "train.json");
  std::string log;
  run(config, trainer, log);
  return digest_of(config, trainer, log);
}

class FixedOrder : public testing::TestWithParam<Case> {
 protected:
  ~FixedOrder() override { at::set_num_threads(threads_before_); }

 private:
  int threads_before_ = at::get_num_threads();
};

/// Calls work(name) with each instruction set that has fused multiply-add.
template <class Work>
void on_every_target_with_fma(Work work) {
  on_every_target([&](const char* target) {
    if (winograd::fused_multiply_add()) work(target);
  });
}

TEST_P(FixedOrder, GivesOneDigestWithAnyThreadsAndInstructionSet) {
  const TrainConfig config = config_of(GetParam());
  on_every_target_with_fma([&](const std::string& target) {
    for (const int threads : {1, 2, 3, 7}) {
      EXPECT_EQ(digest_of_training(config, threads), GetParam().digest)
          << target << ", " << threads << " threads";
    }
  });
}

TEST_P(FixedOrder, StoppedAtOneNumberOfThreadsAndResumedAtAnotherItEndsInThatDigest) {
  if (!winograd::fused_multiply_add()) GTEST_SKIP() << "this processor has no fused multiply-add";
  const TrainConfig config = config_of(GetParam());
  std::string log;
  Trainer first(config, kData, 2, "train.json");
  const Json begun = first.computation();
  const Checkpoint kept = run(config, first, log, 3);
  Trainer second(config, kData, 7, "train.json");
  EXPECT_EQ(second.computation(), begun);
  second.resume(kept, "checkpoint");
  run(config, second, log);
  EXPECT_EQ(digest_of(config, second, log), GetParam().digest);
}

/// The batches of one of several processes.
class Shared final : public BatchSource {
 public:
  Shared(BatchSource& all, const BatchShare& share, int batch)
      : all_(all), share_(share), batch_(batch) {}
  const Batch* next() override {
    for (;;) {
      const Batch* const batch = all_.next();
      if (share_.holds(batch->first / batch_)) return batch;
    }
  }
  double seconds_waited() const override { return 0; }

 private:
  BatchSource& all_;
  BatchShare share_;
  int batch_;
};

TEST_P(FixedOrder, ProcessesThatShareOutAnUpdateEndInThatDigest) {
  if (!winograd::fused_multiply_add()) GTEST_SKIP() << "this processor has no fused multiply-add";
  const TrainConfig config = config_of(GetParam());
  for (const int processes : {2, 3}) {
    const std::int64_t batches = divided_up(kData.samples, config.batch);
    if (std::min<std::int64_t>(config.accumulation_steps, batches) < processes) continue;
    in_threads(processes, [&](Communicator& own) {
      Trainer trainer(config, kData, 1, "train.json", own);
      std::string log;
      TrainingHooks hooks;
      hooks.log = [&](const std::string& line) { log += line + "\n"; };
      Squares all(kData, trainer.position(), config.batch);
      Shared samples(all, trainer.share(), config.batch);
      EXPECT_TRUE(trainer.run(samples, hooks));
      EXPECT_EQ(digest_of(config, trainer, log), GetParam().digest)
          << "rank " << own.rank() << " of " << processes;
    });
  }
}

/// Of LibTorch's operators only those run whose numbers are each computed from few others by IEEE's
/// operations, or copied: threads and vectors cannot change them.
TEST_P(FixedOrder, LeavesNothingToLibTorchThatDependsOnThreadsOrVectors) {
  const OperatorTrace trace;
  digest_of_training(config_of(GetParam()), 1);
  const std::set<std::string> exact = {
      // memory and shapes
      "aten::empty", "aten::empty_like", "aten::empty_strided", "aten::zeros", "aten::zeros_like",
      "aten::new_empty_strided", "aten::resize_", "aten::set_", "aten::copy_", "aten::_to_copy",
      "aten::to", "aten::clone", "aten::contiguous", "aten::detach", "aten::alias", "aten::view",
      "aten::reshape", "aten::as_strided", "aten::narrow", "aten::slice", "aten::select",
      "aten::unbind", "aten::t", "aten::transpose", "aten::cat", "aten::fill_", "aten::zero_",
      "aten::full", "aten::ones_like", "aten::slice_backward", "aten::constant_pad_nd",
      "aten::item", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::requires_grad_",
      "aten::expand", "aten::view_as",
      // one operation per number
      "aten::add", "aten::add_", "aten::sub", "aten::mul", "aten::mul_", "aten::div", "aten::relu",
      "aten::relu_", "aten::clamp_min", "aten::clamp_min_", "aten::threshold_backward",
      // whether weights are numbers
      "aten::isfinite", "aten::abs", "aten::eq", "aten::ne", "aten::all",
      "aten::_has_compatible_shallow_copy_type"};
  for (const auto& name : trace.names()) {
    EXPECT_TRUE(!name.starts_with("aten::") || exact.contains(name)) << name;
  }
}

const Json kAdamW = {{"kind", "adamw"}, {"learning_rate", 0.003}, {"weight_decay", 0.01}};

INSTANTIATE_TEST_SUITE_P(
    , FixedOrder,
    testing::Values(Case{"Plain", Json::object(),
                         "4193abaf7989a7e2b38b2d8f4e9af4a9c778c99739c542ceb0f4d350aa58e218"},
                    Case{"AdamW",
                         {{"optimiser", kAdamW}},
                         "6a9aacf516c8939004c572000e3fdf69ac6bf29d8ba77bfde2284327109e18bc"},
                    Case{"GroupNorm",
                         {{"network", {{"normalisation", "group"}}}, {"optimiser", kAdamW}},
                         "5b1acda939adfb09df6963e9f27a4a6dda64f234a2ca2d8ad9dc9e38316aacb6"},
                    Case{"DropoutAndDice",
                         {{"network", {{"dropout", 0.5}}}, {"loss", {{"dice", 0.5}}}},
                         "e63abb3c8a15ac92cd848d9c4c47d8c6a821cab7df5c7bb4b18ae4e598e55fbf"},
                    Case{"BatchesOf3",
                         {{"batch", 3}, {"network", {{"normalisation", "group"}}}},
                         "93648d3829ea7aee72a97ce897efad587fa02cb95bf3be8a9626f5a1e8dd1147"},
                    Case{"AccumulationClippingAndMean",
                         {{"batch", 2},
                          {"accumulation_steps", 2},
                          {"ema_decay", 0.9},
                          {"optimiser", {{"gradient_clip", 0.01}, {"weight_decay", 0.01}}}},
                         "831be96a4eef752271e90c91d82331a1f3d4757ca4e0a1f6199eb162790eefee"},
                    Case{"AccumulationOf4",
                         {{"accumulation_steps", 4},
                          {"ema_decay", 0.9},
                          {"network", {{"dropout", 0.5}}},
                          {"optimiser", kAdamW}},
                         "2ef0434cf122aea1620d040c43c7387ab81f09746c2144257c309c3e59ba351a"},
                    Case{"Residual",
                         {{"network",
                           {{"architecture", "residual_unet"}, {"normalisation", "group"}}}},
                         "a64b238d9e895d683307c346497bfb9dc0cadd16cd048ce8fa8b2377ad9e313e"},
                    Case{"OddWidth",
                         {{"network", {{"width", 3}}}},
                         "21cd6255a5051dea49a487cf63c6da90201ddeda1c46479f5fc8bdb7625368b8"}),
    [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace unetflow
