// Which pipeline fits a data set and a machine: tile, network, batch, epochs, what is held out. The
// numbers only; plan/pipeline_files.hpp says them with their reasons.
//
// After the ideas of nnU-Net (Isensee et al. 2021): how much a network sees follows from how large
// things are, tiles from the images' size and a budget, and the budget here is minutes.
#pragma once

#include <string>
#include <vector>

#include "plan/fingerprint.hpp"
#include "plan/machine.hpp"
#include "plan/training_work.hpp"

namespace unetflow {

struct Plan {
  TrainedShape shape;
  Index output_size = 388;  ///< px
  Index stride = 124;       ///< px
  Index tiles = 0;          ///< that train
  int epochs = 1;
  Index updates = 0;
  double seconds_per_update = 0;
  double bytes = 0;
  double prediction_seconds = 0;
  bool test_time_augmentation = false;
  bool weigh_gaps = false;           ///< the paper's border term
  bool balance_classes = false;      ///< the paper's w_c
  std::vector<std::string> holdout;  ///< as split.json names them; empty: too few images
  size_t held_out = 0;               ///< images
  int shards = 1;

  /// "12 minutes", in all.
  std::string about_minutes() const;
  double minutes() const {
    return (static_cast<double>(updates) * seconds_per_update + prediction_seconds) / 60;
  }
};

/// `minutes` are what training may take. Throws InputError(place, ...) for fewer than two labelled
/// images, of which one trains and one is measured.
Plan plan_for(const Fingerprint& data, const Machine& machine, double minutes,
              const std::string& place);

/// Every fifth file of those labelled, at most ten; of a single file its last pages, as neighbours
/// look alike. By name, or by path where names repeat.
std::vector<std::string> holdout_of(const std::vector<SourcePicture>& pictures);

/// What was chosen, in a sentence.
std::string summary_of(const Fingerprint& data, const Plan& plan);

}  // namespace unetflow
