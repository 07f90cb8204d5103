#include "training/recorded_step.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "every_device.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/loss.hpp"
#include "operator_trace.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kWhole = 2;

/// A graph without a GPU: keeps the work, and does it again on the same memory.
class MockRecorder final : public Recorder {
 public:
  MockRecorder(const Network& network, std::string error)
      : network_(network), error_(std::move(error)) {}

  void record(const std::function<void()>& work, const std::function<void()>& forget) override {
    work();
    forget();
    work();
    if (!error_.empty()) throw Error(error_);
    work_ = work;
    for (const auto& parameter : network_.parameters()) written_.push_back(parameter.value.grad());
  }

  void replay() override {
    work_();
    for (size_t i = 0; i < written_.size(); ++i) {
      at::Tensor& gradient = network_.parameters()[i].value.mutable_grad();
      written_[i].copy_(gradient);
      gradient.reset();
    }
    ++replays;
  }
  int replays = 0;

 private:
  const Network& network_;
  std::string error_;
  std::function<void()> work_;
  std::vector<at::Tensor> written_;
};

/// A small network with its step, recorded as the device can.
class RecordedSteps : public EveryDevice {
 protected:
  void start(const std::string& error = "", double dropout = 0) {
    NetworkConfig config;
    config.dropout = dropout;
    config.depth = 1;
    config.width = 8;
    network = make_network(config, 1);
    network->to(choose_arithmetic(name(), "float32", "direct"));
    std::unique_ptr<Recorder> recorder;
    if (device().is_cpu() || !error.empty()) {
      recorder = std::make_unique<MockRecorder>(*network, error);
      mock = static_cast<MockRecorder*>(recorder.get());
    } else {
      recorder = make_cuda_graph();
    }
    step.emplace(
        *network,
        [this](const DeviceBatch& b, std::uint64_t key, std::int64_t parts) {
          return compute(b, key, parts);
        },
        std::move(recorder));
  }

  at::Tensor compute(const DeviceBatch& batch, std::uint64_t key, std::int64_t parts) const {
    const at::Tensor loss =
        segmentation_loss({}, network->forward(batch.input, key), batch.label, batch.weight);
    (loss / static_cast<double>(parts)).backward();
    return loss.detach();
  }

  DeviceBatch batch(std::int64_t samples, std::uint64_t of) const {
    at::manual_seed(of);
    return {at::rand({samples, 1, 28, 28}).to(device()),
            at::randint(2, {samples, 12, 12}, at::kLong).to(device()),
            at::rand({samples, 12, 12}).to(device())};
  }

  std::vector<at::Tensor> gradients() const {
    std::vector<at::Tensor> all;
    for (const auto& parameter : network->parameters()) all.push_back(parameter.value.grad());
    return all;
  }
  void drop_gradients() const {
    for (const auto& parameter : network->parameters()) parameter.value.mutable_grad().reset();
  }

  /// Runs a group of batches of these sizes and compares it with what is computed one by one.
  void expect_right(const std::vector<std::int64_t>& sizes) {
    const auto parts = static_cast<std::int64_t>(sizes.size());
    std::vector<DeviceBatch> batches;
    for (const std::int64_t size : sizes) batches.push_back(batch(size, ++seed));
    std::vector<double> expected;
    for (size_t i = 0; i < batches.size(); ++i) {
      expected.push_back(compute(batches[i], seed + i, parts).item<double>());
    }
    const auto expected_gradients = gradients();
    drop_gradients();
    for (size_t i = 0; i < batches.size(); ++i) {
      const at::Tensor loss = step->run(batches[i], seed + i, kWhole, parts, say);
      EXPECT_NEAR(loss.item<double>(), expected[i], 1e-4);
    }
    const auto found = gradients();
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_TRUE(at::allclose(found[i], expected_gradients[i], 1e-3, 1e-5)) << "of " << i;
    }
    drop_gradients();
  }

  void expect_replays(int replays) const {
    if (mock != nullptr) {
      EXPECT_EQ(mock->replays, replays);
    }
  }

  std::unique_ptr<Network> network;
  MockRecorder* mock = nullptr;
  std::optional<RecordedStep> step;
  std::uint64_t seed = 0;
  std::vector<std::string> lines;
  std::function<void(const std::string&)> say = [this](const std::string& line) {
    lines.push_back(line);
  };
};
INSTANTIATE_ON_EVERY_DEVICE(RecordedSteps);

TEST_P(RecordedSteps, GiveTheLossAndGradientsOfTheBatchTheyAreGiven) {
  start();
  for (const std::int64_t samples : {2, 2, 1, 2, 1, 2}) expect_right({samples});
  expect_replays(4);
  EXPECT_THAT(lines, IsEmpty());
}

TEST_P(RecordedSteps, RecordTheWholeBatchThoughAShortOneComesFirst) {
  start();
  for (const std::int64_t samples : {1, 2, 2}) expect_right({samples});
  expect_replays(2);
}

TEST_P(RecordedSteps, AddUpTheGradientsOfAGroup) {
  start();
  for (int group = 0; group < 3; ++group) expect_right({2, 2, 2});
  expect_right({2, 1});
  expect_right({1, 2, 2});
  expect_right({2});
  expect_replays(13);
}

TEST_P(RecordedSteps, DropTheUnitsOfTheirKeyThoughThePassIsRecorded) {
  start("", 0.5);
  for (const std::int64_t samples : {2, 1, 2, 2}) expect_right({samples});
  expect_right({2, 2});
  expect_replays(5);
}

TEST_P(RecordedSteps, LeaveGradientsInTheSameMemory) {
  start();
  step->run(batch(2, 1), 0, kWhole, 1, say);
  const auto first = gradients();
  drop_gradients();
  step->run(batch(2, 2), 0, kWhole, 1, say);
  const auto second = gradients();
  for (size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(second[i].is_same(first[i]));
}

TEST_P(RecordedSteps, GoOnWithoutARecordingThatFails) {
  start("operation not permitted when stream is capturing\nwith details");
  expect_right({2});
  expect_right({2, 2});
  EXPECT_THAT(lines, ElementsAre("a step cannot be recorded as a CUDA graph, so training is slower "
                                 "than it could be: operation not permitted when stream is "
                                 "capturing"));
}

/// What a CUDA graph can hold; and no more operators, nested ones counted, than the networks took
/// when this was written, and a tenth more: on a GPU each of the inner ones is a kernel.
TEST_P(RecordedSteps, NeitherLookAtValuesNorCopyThemFromTheHost) {
  for (const auto& [architecture, normalisation, operators] : {std::tuple{"unet", "none", 1470},
                                                               {"unet", "group", 1840},
                                                               {"residual_unet", "none", 2210},
                                                               {"residual_unet", "group", 2750}}) {
    NetworkConfig config;
    config.width = 8;
    config.architecture = architecture;
    config.normalisation = normalisation;
    network = make_network(config, 1);
    network->to(choose_arithmetic(name(), "bfloat16", "direct"));
    const auto layout = network->arithmetic().layout;
    const DeviceBatch given = {at::rand({1, 1, 188, 188}).to(device()).contiguous(layout),
                               at::randint(2, {1, 4, 4}, at::kLong).to(device()),
                               at::rand({1, 4, 4}).to(device())};
    const OperatorTrace trace;
    at::Tensor loss;
    {
      const Autocast autocast(device().type(), true);
      loss = segmentation_loss({.dice = 1}, network->forward(given.input, {}), given.label,
                               given.weight);
    }
    loss.backward();
    EXPECT_GT(trace.count("aten::convolution_backward"), 0);  // it does see what is called
    for (const char* looks : {"aten::item", "aten::_local_scalar_dense", "aten::is_nonzero",
                              "aten::nonzero", "aten::equal", "aten::lift_fresh"}) {
      EXPECT_EQ(trace.count(looks), 0) << looks;
    }
    EXPECT_LT(trace.all(), operators * 12 / 10) << architecture << ' ' << normalisation;
  }
}

}  // namespace
}  // namespace unetflow
