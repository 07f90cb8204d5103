// train() and predict() in the programs that do not link LibTorch: they start the one that does.
#include "predict_work.hpp"
#include "train_work.hpp"

namespace unetflow {

void train(Stage& stage, const TrainJob&) { stage.start_network_program(); }

void predict(Stage& stage, const PredictConfig&, Manifest) { stage.start_network_program(); }

}  // namespace unetflow
