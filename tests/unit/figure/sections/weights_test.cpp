#include "report_page.hpp"

namespace unetflow {
namespace {

using WeightsSection = ReportPage;

TEST_F(WeightsSection, ShowsTheWeightsWithTheLabelTheyWereMadeFrom) {
  const auto tiles = write_tiles("tiles");
  ShardWriter weights(shard_path("weights"));
  create_weights(weights, 1, 8);
  Picture<float> ones(8, 8);
  std::fill(ones.values.begin(), ones.values.end(), 1.0f);
  write_weight(weights, 0, ones.plane());
  write_keys(weights, {{{3, 0}, 0, 0, 0}}, false, false);
  auto manifest = manifest_of("weights", contents_with(1), WeightMapConfig{});
  manifest.inputs = {input_record(tiles, weights.manifest_path())};
  weights.commit(std::move(manifest));
  page({weights.manifest_path()});
  EXPECT_THAT(figures(), testing::ElementsAre("weight_map"));
}

}  // namespace
}  // namespace unetflow
