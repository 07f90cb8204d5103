// unetflow-predict --model: image files to maps, cells and a table of cells, by a model that is one
// file; no pipeline is needed.
#pragma once

#include "network/predictor.hpp"
#include "stage.hpp"

namespace unetflow {

struct FilesJob {
  struct Source {
    std::string pattern;  ///< of one file, or FILE:DATASET, as PictureFolder::list() takes it
    std::string name;     ///< that its results are called after
  };
  std::vector<Source> sources;
  std::vector<std::string> files;  ///< all that they consist of, without repetition
  fs::path model;
  PredictConfig config;
  std::string axes;                ///< of each file, as parse_axes() takes them
  std::vector<double> pixel_size;  ///< um, [y, x]; empty: as the files say
  std::vector<double> range;       ///< gray values that become 0 and 1; empty: as in training
};

/// Whether the command line names a model, and so is this program's and not the stage's.
bool is_about_files(int argc, char** argv);
/// Its main().
int run_on_files(int argc, char** argv, int revision);

/// Predicts the files, and writes the artifact that `manifest` is about.
void predict_files(Stage& stage, const FilesJob& job, Manifest manifest);

}  // namespace unetflow
