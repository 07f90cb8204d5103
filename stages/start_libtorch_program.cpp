// train(), predict() and predict_files() in the programs that do not link LibTorch: they start the
// one that does.
#include "predict_files.hpp"
#include "predict_with_libtorch.hpp"
#include "train_with_libtorch.hpp"

namespace unetflow {

void train(Stage& stage, const TrainJob&) { stage.start_libtorch_program(); }

// The other program's predict() takes the manifest over.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void predict(Stage& stage, const PredictConfig&, Manifest) { stage.start_libtorch_program(); }

// NOLINTNEXTLINE(performance-unnecessary-value-param)
void predict_files(Stage& stage, const FilesJob&, Manifest) { stage.start_libtorch_program(); }

}  // namespace unetflow
