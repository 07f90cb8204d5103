#include "artifact/published.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::HasSubstr;

Manifest model() {
  Manifest manifest;
  manifest.path = "work/mine/model/model.json";
  manifest.kind = "model";
  manifest.stage = "train";
  manifest.revision = 4;
  manifest.version = "0.2.0";
  manifest.config = {{"seed", 1}};
  manifest.inputs = {{"../tiles/00000-of-00001.json", "aa"}};
  manifest.files = {{"model.safetensors", 10, "bb"}};
  manifest.contents = {{"precision", "float32"}, {"instructions", "fma"}};
  return manifest;
}

std::string difference(const Manifest& made) {
  return difference_from_published(published_record(model()), made).value_or("none");
}

TEST(Published, IsWhatAnArtifactIsWhateverVersionAndInputsDigestsSay) {
  Manifest made = model();
  made.version = "0.3.0";
  made.inputs.front().sha256 = "cc";
  EXPECT_EQ(difference(made), "none");
  EXPECT_EQ(published_name(made), "model/model");
}

TEST(Published, OfADifferenceSaysWhyItMayBe) {
  Manifest made = model();
  made.files.front().sha256 = "cc";
  EXPECT_THAT(difference(made), HasSubstr("other bytes by the same revision and configuration"));
  made.contents["precision"] = "bfloat16";
  EXPECT_EQ(difference(made), "was computed with fma, bfloat16, and the other with fma, float32");
  made.config["seed"] = 2;
  EXPECT_EQ(difference(made), "has another configuration");
  made.revision = 5;
  EXPECT_EQ(difference(made),
            "is made by revision 5 of stage train, and was by revision 4, whose bytes are meant to "
            "differ");
}

TEST(Published, WithoutARecordIsADifference) {
  EXPECT_THAT(*difference_from_published(Json::object(), model()), HasSubstr("was not published"));
}

}  // namespace
}  // namespace unetflow
