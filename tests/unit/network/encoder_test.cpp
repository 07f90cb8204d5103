#include "network/encoder.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

TEST(Encoder, EndsAtTheBottom) {
  for (const char* name :
       {"encoder_blocks.0.0.weight", "bottleneck_block.3.bias", "features.28.weight"}) {
    EXPECT_TRUE(is_of_encoder(name)) << name;
  }
  for (const char* name : {"decoder_blocks.0.0.weight", "up_convs.0.bias", "prediction.weight",
                           "classifier.0.weight"}) {
    EXPECT_FALSE(is_of_encoder(name)) << name;
  }
}

}  // namespace
}  // namespace unetflow
