#include "training/check_checkpoint.hpp"

#include <gmock/gmock.h>

#include <set>
#include <tuple>

#include "core/error.hpp"
#include "training/accumulation.hpp"

namespace unetflow {
namespace {

/// Against a training that counts: of all positions, those that it comes by are the ones that pass.
TEST(CheckPosition, PassesWhatATrainingComesByAndNothingElse) {
  TrainConfig config;
  config.epochs = 2;
  for (const std::int64_t samples : {1, 5, 6}) {
    for (const int batch : {1, 2, 4}) {
      for (const int accumulation : {1, 2, 3}) {
        config.batch = batch;
        config.accumulation_steps = accumulation;
        std::set<std::tuple<std::uint32_t, std::int64_t, std::int64_t>> comes_by = {{0, 0, 0}};
        std::int64_t step = 0;
        for (std::uint32_t epoch = 0; epoch < config.epochs; ++epoch) {
          comes_by.insert({epoch, 0, step});
          std::int64_t done = 0;
          for (int batches = 1; done < samples; ++batches) {
            done = std::min(done + batch, samples);
            if (batches % accumulation == 0 || done == samples)
              comes_by.insert({epoch, done, ++step});
          }
        }
        for (std::uint32_t epoch = 0; epoch < 4; ++epoch) {
          for (std::int64_t done = -1; done < samples + 3; ++done) {
            for (std::int64_t at = -1; at < step + 3; ++at) {
              bool passes = true;
              try {
                check_position(config, samples, {epoch, done, at}, "here");
              } catch (const InputError&) {
                passes = false;
              }
              EXPECT_EQ(passes, comes_by.contains({epoch, done, at}))
                  << epoch << ' ' << done << ' ' << at << " of " << samples << " in " << batch
                  << " x " << accumulation;
            }
          }
        }
      }
    }
  }
}

/// The best of measurements at the end of each `every` epochs, of which `best` was the last to be
/// better.
TEST(CheckBest, PassesWhatMeasurementsGiveAndNothingElse) {
  TrainConfig config;
  config.validation.every = 2;
  const std::uint32_t epoch = 6;  // measured at the ends of 1, 3 and 5
  for (std::int64_t best = -1; best < 9; ++best) {
    for (int since = 0; since < 5; ++since) {
      BestWeights found;
      found.restore({{"score", 0.5}, {"epoch", best}, {"measurements_since", since}}, {});
      const bool right =
          (best == 1 && since == 2) || (best == 3 && since == 1) || (best == 5 && since == 0);
      bool passes = true;
      try {
        check_best(config, {epoch, 0, 0}, found, "here");
      } catch (const InputError&) {
        passes = false;
      }
      EXPECT_EQ(passes, right) << best << ' ' << since;
    }
  }
}

}  // namespace
}  // namespace unetflow
