#include "training/trainer.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>

#include "core/error.hpp"
#include "every_device.hpp"
#include "network/encoder.hpp"
#include "squares.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr Index kSamples = 5, kInput = 28, kOutput = 12;
const TrainingData kData{kSamples, 1, 2, kInput, kOutput};

class Trainers : public EveryDevice {};
INSTANTIATE_ON_EVERY_DEVICE(Trainers);

/// On the device of the test that asks.
TrainConfig small() {
  TrainConfig config;
  config.device = Trainers::GetParam();
  config.deterministic = true;
  config.epochs = 3;
  config.batch = 2;
  config.network.width = 8;  // enough for Winograd's convolutions
  config.network.dropout = 0.25;
  config.optimiser.learning_rate = 0.01;
  config.optimiser.momentum = 0.9;
  config.checkpoint_minutes = 1e9;
  config.precision = "float32";
  return config;
}
/// A trainer and the log it writes.
struct Training {
  Trainer trainer;
  std::string log;

  explicit Training(const TrainConfig& config, const TrainingData& data = kData)
      : trainer(config, data, 1, "train.json") {}

  /// From where the trainer is, to the end or until it is stopped.
  bool run(const TrainConfig& config, TrainingHooks hooks = {}) {
    hooks.log = [this](const std::string& line) { log += line + "\n"; };
    Squares samples(kData, trainer.position(), config.batch);
    return trainer.run(samples, hooks);
  }
};

Training trained(const TrainConfig& config, const TrainingHooks& hooks = {}) {
  Training training(config);
  EXPECT_TRUE(training.run(config, hooks));
  return training;
}

void expect_same_bytes(const Tensors& a, const Tensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_EQ(tensor.bytes, b.at(name).bytes) << name;
}

/// What a training says of its end.
std::vector<std::string> said(const TrainConfig& config, Training& training) {
  std::vector<std::string> lines;
  TrainingHooks hooks;
  hooks.say = [&](const std::string& line) { lines.push_back(line); };
  EXPECT_TRUE(training.run(config, hooks));
  return lines;
}

double last_epochs_loss(const std::string& log) {
  const auto line = log.rfind('\n', log.size() - 2);
  return Json::parse(log.substr(line + 1)).at("mean_loss");
}

TEST_P(Trainers, LearnsWhatIsEasy) {
  auto config = small();
  config.network.dropout = 0;
  config.epochs = 40;
  for (const char* architecture : {"unet", "residual_unet"}) {
    config.network.architecture = architecture;
    EXPECT_LT(last_epochs_loss(trained(config).log), 0.1) << architecture;
  }
}

TEST_P(Trainers, TwoRunsEndInTheSameBits) {
  const Training a = trained(small()), b = trained(small());
  expect_same_bytes(a.trainer.weights(), b.trainer.weights());
  EXPECT_EQ(a.log, b.log);
}

TEST_P(Trainers, StartsFromGivenWeights) {
  const Trainer given = trained(small()).trainer;
  auto config = small();
  config.seed = 2;
  for (const double decay : {0., 0.9}) {
    config.ema_decay = decay;
    Trainer trainer(config, kData, 1, "train.json");
    trainer.start_from(given.weights(), "model.safetensors");
    expect_same_bytes(trainer.weights(), given.weights());
  }
}

TEST_P(Trainers, AFrozenEncoderStaysAsItIsAndHasNoState) {
  for (const char* kind : {"sgd", "adamw"}) {
    auto config = small();
    config.optimiser.kind = kind;
    const auto frozen = [&] {
      Training training(config);
      training.trainer.freeze_encoder();
      return training;
    };
    Training whole = frozen();
    const Tensors before = whole.trainer.weights();
    ASSERT_TRUE(whole.run(config));
    for (const auto& [name, tensor] : whole.trainer.weights()) {
      EXPECT_EQ(tensor.bytes == before.at(name).bytes, is_of_encoder(name)) << name;
    }
    // Stopped in the middle, it resumes in the same bits.
    Training stopped = frozen();
    Checkpoint saved;
    TrainingHooks hooks;
    int asked = 0;
    hooks.stop = [&] { return asked++ == 4; };
    hooks.save = [&](const Checkpoint& checkpoint) { saved = checkpoint; };
    ASSERT_FALSE(stopped.run(config, hooks));
    for (const auto& [name, tensor] : saved.tensors) {
      const auto slash = name.find('/');
      EXPECT_TRUE(name.starts_with("weights/") || !is_of_encoder(name.substr(slash + 1))) << name;
    }
    Training resumed = frozen();
    resumed.trainer.resume(saved, "checkpoint");
    ASSERT_TRUE(resumed.run(config));
    expect_same_bytes(resumed.trainer.weights(), whole.trainer.weights());
  }
}

TEST_P(Trainers, RefusesWeightsOfAnotherNetwork) {
  const Trainer given = trained(small()).trainer;
  auto config = small();
  config.network.width = 4;
  Trainer trainer(config, kData, 1, "train.json");
  EXPECT_THROW(trainer.start_from(given.weights(), "model.safetensors"), InputError);
}

TEST_P(Trainers, StoppedAfterAnyUpdateItResumesInTheSameBits) {
  auto config = small();
  config.ema_decay = 0.9;
  config.schedule.kind = "one_cycle";
  for (const char* kind : {"sgd", "adamw"}) {
    config.optimiser.kind = kind;
    const Training whole = trained(config);
    for (int stop_after = 1; stop_after < 9; ++stop_after) {
      Checkpoint kept;
      int updates = 0;
      TrainingHooks hooks;
      hooks.stop = [&] { return updates++ == stop_after; };  // asked before the first, too
      hooks.save = [&](const Checkpoint& checkpoint) { kept = checkpoint; };
      Training first(config), second(config);
      ASSERT_FALSE(first.run(config, hooks));
      second.trainer.resume(kept, "checkpoint");
      EXPECT_EQ(second.trainer.position().step, stop_after);
      ASSERT_TRUE(second.run(config));
      expect_same_bytes(whole.trainer.weights(), second.trainer.weights());
      EXPECT_EQ(whole.log, first.log + second.log);
    }
  }
}

/// Stopped and resumed, too: what was launched is told before a checkpoint is saved.
TEST_P(Trainers, LossesThatAreReadLateGiveTheSameLogAndWeights) {
  auto config = small();
  config.batch = 1;
  config.accumulation_steps = 2;
  config.ema_decay = 0.9;
  config.validation.every = 1;
  TrainingHooks hooks;
  hooks.validate = [](const Network&) { return ValidationScores{0.5, 0.25, 0.125}; };
  const auto run = [&](int launched, Training& training, int updates) {
    hooks.stop = [&] { return updates-- == 0; };  // asked before the first, too
    training.trainer.keep_launched(launched);
    return training.run(config, hooks);
  };
  Training at_once(config);
  ASSERT_TRUE(run(0, at_once, -1));
  for (const int launched : {1, 2, 7}) {
    Training whole(config), first(config), second(config);
    ASSERT_TRUE(run(launched, whole, -1));
    EXPECT_EQ(whole.log, at_once.log);
    expect_same_bytes(whole.trainer.weights(), at_once.trainer.weights());
    Checkpoint kept;
    hooks.save = [&](const Checkpoint& checkpoint) { kept = checkpoint; };
    ASSERT_FALSE(run(launched, first, 4));
    second.trainer.resume(kept, "checkpoint");
    ASSERT_TRUE(run(launched, second, -1));
    EXPECT_EQ(first.log + second.log, at_once.log);
    expect_same_bytes(second.trainer.weights(), at_once.trainer.weights());
  }
}

TEST_P(Trainers, StoppedInAMeasurementItResumesWithThatMeasurement) {
  auto config = small();
  config.validation = {1, 0};
  const auto measure = [](const Network&) { return ValidationScores{0.5, 0.25, 0.125}; };
  TrainingHooks hooks;
  hooks.validate = measure;
  const Training whole = trained(config, hooks);
  Checkpoint kept;
  hooks.validate = [](const Network&) { return std::nullopt; };
  hooks.save = [&](const Checkpoint& checkpoint) { kept = checkpoint; };
  Training first(config), second(config);
  ASSERT_FALSE(first.run(config, hooks));
  EXPECT_EQ(kept.position.epoch, 0U);
  EXPECT_EQ(kept.position.samples_done, kSamples);
  second.trainer.resume(kept, "checkpoint");
  hooks.validate = measure;
  ASSERT_TRUE(second.run(config, hooks));
  expect_same_bytes(whole.trainer.weights(), second.trainer.weights());
  EXPECT_EQ(whole.log, first.log + second.log);
}

TEST_P(Trainers, StoppedBeforeItsFirstUpdateItDoesNothing) {
  TrainingHooks hooks;
  hooks.stop = [] { return true; };
  hooks.save = [](const Checkpoint&) { FAIL() << "nothing has been learned"; };
  Training training(small());
  EXPECT_FALSE(training.run(small(), hooks));
  EXPECT_EQ(training.trainer.position().step, 0);
}

/// A checkpoint in the second epoch of a training with everything that a checkpoint can hold.
Checkpoint checkpoint_of(const TrainConfig& config) {
  Checkpoint kept;
  int updates = 0;
  TrainingHooks hooks;
  hooks.stop = [&] { return updates++ == 5; };  // asked before the first, too
  hooks.save = [&](const Checkpoint& checkpoint) { kept = checkpoint; };
  hooks.validate = [](const Network&) { return ValidationScores{0.5, 0, 0}; };
  EXPECT_FALSE(Training(config).run(config, hooks));
  EXPECT_EQ(Json(kept.position), Json(TrainingPosition{1, 4, 5}));
  return kept;
}

TEST_P(Trainers, RefusesACheckpointThatItCannotHaveComeToWithoutATrace) {
  auto config = small();
  config.ema_decay = 0.9;
  config.optimiser.kind = "adamw";
  config.validation.every = 1;
  const Checkpoint whole = checkpoint_of(config);
  const auto position = [](TrainingPosition other) {
    return [=](Checkpoint& checkpoint) { checkpoint.position = other; };
  };
  const auto best = [](const char* key, int value) {
    return [=](Checkpoint& checkpoint) { checkpoint.progress["best"][key] = value; };
  };
  const auto first_value = [](const char* name, float value) {
    return [=](Checkpoint& checkpoint) {
      Tensor& tensor = checkpoint.tensors.at(name);
      std::memcpy(tensor.bytes.data(), &value, sizeof value);
    };
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string bias = "prediction.bias", weight = "prediction.weight";
  const std::map<std::string, std::function<void(Checkpoint&)>> damages = {
      {"at /position/epoch: is 99, expected less than 3", position({99, 4, 5})},
      {"at /position/epoch: is 3, expected less than 3", position({3, 0, 9})},
      {"at /position/samples_done: is 3, expected whole updates of 2", position({1, 3, 5})},
      {"at /position/samples_done: is 6, expected", position({1, 6, 6})},
      {"at /position/samples_done: is -1, expected", position({1, -1, 3})},
      {"at /position/step: is 6, expected 5 after 1 epochs and 4 samples", position({1, 4, 6})},
      {"at /position/step: is -1, expected 0", position({0, 0, -1})},
      {"at /progress/best/epoch: is 1, expected", best("epoch", 1)},
      {"at /progress/best/epoch: is -1, expected one of 1", best("epoch", -1)},
      {"at /progress/best/measurements_since: is 1, expected 0", best("measurements_since", 1)},
      {"tensor \"weights/prediction.bias\" has the value nan",
       first_value("weights/prediction.bias", nan)},
      {"tensor \"ema/prediction.bias\" has the value nan", first_value("ema/prediction.bias", nan)},
      {"tensor \"best/prediction.bias\" has the value nan",
       first_value("best/prediction.bias", nan)},
      {"tensor \"mean/prediction.bias\" has the value nan",
       first_value("mean/prediction.bias", nan)},
      {"tensor \"square/prediction.bias\" has the value -1",
       first_value("square/prediction.bias", -1)},
      {"has the shape [2], the network's has [2, 8, 1, 1]",
       [&](Checkpoint& c) {
         std::swap(c.tensors["weights/" + bias], c.tensors["weights/" + weight]);
       }},
      {"tensor \"weights/prediction.bias\" has the type F64",
       [&](Checkpoint& c) { c.tensors["weights/" + bias].dtype = "F64"; }},
      {"has no tensor \"square/prediction.bias\"",
       [&](Checkpoint& c) { c.tensors.erase("square/" + bias); }},
      {"has a tensor \"momentum/prediction.bias\"",
       [&](Checkpoint& c) { c.tensors["momentum/" + bias] = c.tensors["mean/" + bias]; }},
  };
  TrainingHooks hooks;
  hooks.validate = [](const Network&) { return ValidationScores{0.5, 0, 0}; };
  Training training(config);
  for (const auto& [message, damage] : damages) {
    Checkpoint damaged = whole;
    damage(damaged);
    EXPECT_THAT([&] { training.trainer.resume(damaged, "checkpoint"); },
                ThrowsMessage<InputError>(HasSubstr(message)));
  }
  ASSERT_TRUE(training.run(config, hooks));
  EXPECT_EQ(training.log, trained(config, hooks).log);
  Training resumed(config);
  resumed.trainer.resume(whole, "checkpoint");
  ASSERT_TRUE(resumed.run(config, hooks));
  expect_same_bytes(resumed.trainer.weights(), training.trainer.weights());
}

TEST_P(Trainers, SaysWhatItsResultDependsOnBesides) {
  const Json computation = Trainer(small(), kData, 1, "train.json").computation();
  EXPECT_EQ(computation.at("precision"), "float32");
  EXPECT_EQ(computation.at("device"), name());
  if (device().is_cpu()) {
    EXPECT_EQ(computation.at("convolution"), "winograd");
  }
  const Json summary = trained(small()).trainer.summary();
  for (const auto& [key, value] : computation.items()) EXPECT_EQ(summary.at(key), value) << key;
}

TEST_P(Trainers, BatchesThatAccumulateMakeTheUpdateOfOneLargerBatch) {
  auto config = small();
  config.network.dropout = 0;
  config.epochs = 1;
  config.batch = 5;
  const auto one = trained(config).trainer.weights();
  config.batch = 1;
  config.accumulation_steps = 5;
  const auto five = trained(config).trainer.weights();
  for (const auto& [name, tensor] : one) {
    const auto a = tensor.floats(), b = five.at(name).floats();
    for (size_t i = 0; i < a.size(); ++i)
      EXPECT_NEAR(a[i], b[i], device().is_cpu() ? 1e-6 : 1e-3) << name;
  }
}

TEST_P(Trainers, KeepsTheWeightsThatWereBestInTheValidation) {
  auto config = small();
  config.validation = {1, 2};
  config.epochs = 10;
  const std::vector<double> scores = {0.5, 0.9, 0.8, 0.7, 1.0};
  size_t measured = 0;
  TrainingHooks hooks;
  hooks.validate = [&](const Network&) { return ValidationScores{scores.at(measured++), 0, 0}; };
  std::vector<std::string> lines;
  hooks.say = [&](const std::string& line) { lines.push_back(line); };
  const Trainer best = trained(config, hooks).trainer;
  EXPECT_THAT(lines, testing::ElementsAre("V_rand did not get better in 2 measurements: training "
                                          "ends after epoch 4 of 10 with the weights of epoch 2"));
  EXPECT_EQ(measured, 4U) << "patience ends it after two measurements without a better one";
  EXPECT_EQ(best.summary().at("best_epoch"), 1);
  config.validation = {};
  config.epochs = 2;
  expect_same_bytes(best.weights(), trained(config).trainer.weights());
}

TEST_P(Trainers, NamesTheSamplesOfALossThatIsNotANumber) {
  const auto run = [](int launched) {
    Trainer trainer(small(), kData, 1, "train.json");
    trainer.keep_launched(launched);
    Squares samples(kData, {}, 2);
    samples.bright = std::numeric_limits<float>::quiet_NaN();
    trainer.run(samples, {});
  };
  for (const int launched : {0, 1, 2}) {
    EXPECT_THAT([&] { run(launched); },
                ThrowsMessage<Error>(
                    AllOf(HasSubstr("loss is not a number at update 0"),
                          HasSubstr("of tile 0 of image number 0, tile 1 of image number 0;"))));
  }
}

TEST_P(Trainers, DoesNotEndWithWeightsThatAreNotNumbers) {
  auto config = small();
  config.epochs = 1;
  config.batch = kSamples;  // one update, whose loss is still a number
  config.optimiser.learning_rate = std::numeric_limits<double>::infinity();
  EXPECT_THAT([&] { trained(config); },
              ThrowsMessage<Error>(HasSubstr("became infinite or not a number after update 1")));
}

TEST_P(Trainers, SaysThatATimeLimitEndsItInTheMiddleOfItsSchedule) {
  auto config = small();
  config.epochs = 1000;
  config.schedule.kind = "one_cycle";
  config.time_limit_minutes = 1e-9;
  Training training(config);
  EXPECT_THAT(said(config, training),
              testing::ElementsAre(
                  HasSubstr("% of the updates fit into time_limit_minutes"),
                  AllOf(HasSubstr("ends training after update 1 of 3000, in the middle of schedule "
                                  "one_cycle: the learning rate is "),
                        HasSubstr(" of at most 0.01"))));
  EXPECT_EQ(training.trainer.summary()["planned_steps"], 3000);
  EXPECT_EQ(training.trainer.summary()["steps"], 1);
}

TEST_P(Trainers, SaysNothingOfATimeLimitThatItKeeps) {
  auto config = small();
  config.time_limit_minutes = 1e9;
  Training training(config);
  EXPECT_THAT(said(config, training), testing::IsEmpty());
  EXPECT_FALSE(training.trainer.summary().contains("planned_steps"));
}

TEST_P(Trainers, SaysWhichClassesNoSampleHas) {
  const auto config = small();
  Training training(config, {kSamples, 1, 4, kInput, kOutput});  // the labels have classes 0 and 1
  EXPECT_THAT(said(config, training), testing::ElementsAre(HasSubstr("a pixel of class 2"),
                                                           HasSubstr("a pixel of class 3")));
}

TEST_P(Trainers, RefusesPatienceWithoutMeasurements) {
  auto config = small();
  config.validation.patience = 2;
  EXPECT_THAT([&] { trained(config); },
              ThrowsMessage<InputError>(HasSubstr("train.json at /validation/patience")));
}

TEST_P(Trainers, RefusesTilesThatTheNetworkDoesNotTake) {
  const auto with = [](TrainingData data) {
    return [data] { Trainer(small(), data, 1, "train.json"); };
  };
  EXPECT_THAT(with({5, 1, 2, kInput, kInput}), ThrowsMessage<InputError>(HasSubstr("no U-Net")));
  EXPECT_THAT(with({0, 1, 2, kInput, kOutput}), ThrowsMessage<InputError>(HasSubstr("no samples")));
}

}  // namespace
}  // namespace unetflow
