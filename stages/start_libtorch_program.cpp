// train() and predict() in the programs that do not link LibTorch: they start the one that does.
#include "predict_with_libtorch.hpp"
#include "train_with_libtorch.hpp"

namespace unetflow {

void train(Stage& stage, const TrainJob&) { stage.start_libtorch_program(); }

// The other program's predict() takes the manifest over.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void predict(Stage& stage, const PredictConfig&, Manifest) { stage.start_libtorch_program(); }

}  // namespace unetflow
