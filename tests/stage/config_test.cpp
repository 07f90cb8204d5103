// Every stage's configuration struct says the same as its schema.
#include <gmock/gmock.h>

#include "core/config.hpp"
#include "figure/report.hpp"
#include "ingest/ingest.hpp"
#include "ingest/split.hpp"
#include "metrics/evaluate.hpp"
#include "segmentation/segment.hpp"
#ifdef UNETFLOW_NETWORK
#include "network/predictor.hpp"
#include "training/train_config.hpp"
#endif
#include "phantom/phantom.hpp"
#include "sample/augment.hpp"
#include "sample/tile_grid.hpp"
#include "sample/weight_map.hpp"

namespace unetflow {
namespace {

template <class Config>
void expect_agreement() {
  EXPECT_EQ(Json(Config{}), checked(Json::object(), Config::kSchema, "defaults"))
      << Config::kSchema << ".schema.json and its struct have other defaults or keys";
}

TEST(Configuration, DefaultsOfStructsAndSchemasAgree) {
  expect_agreement<PhantomConfig>();
  expect_agreement<IngestConfig>();
  expect_agreement<SplitConfig>();
  expect_agreement<TileConfig>();
  expect_agreement<AugmentConfig>();
  expect_agreement<WeightMapConfig>();
  expect_agreement<EvaluateConfig>();
  expect_agreement<SegmentConfig>();
  expect_agreement<ReportConfig>();
#ifdef UNETFLOW_NETWORK
  expect_agreement<TrainConfig>();
  expect_agreement<PredictConfig>();
#endif
}

}  // namespace
}  // namespace unetflow
