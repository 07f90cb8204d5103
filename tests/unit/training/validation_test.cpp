#include "training/validation.hpp"

#include <gmock/gmock.h>

#include "artifact/picture_shard.hpp"
#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const Json kByType = {{"rule", "dtype"}, {"range", {0, 255}}};

class ValidationOf : public testing::Test {
 protected:
  /// An images shard with one image for validation, whose label has these classes.
  fs::path images(const std::vector<std::uint8_t>& classes) const {
    LabelledPicture picture{{1, 2, 2}, {2, 2}, {}};
    picture.label.values = classes;
    const PictureEntry entry{0, "a", "validation", 2, 2, true, false, "a.png"};
    ShardWriter shard(folder.path / "00000-of-00001.json");
    write_picture(shard, entry, picture);
    Manifest manifest;
    manifest.kind = "images";
    manifest.stage = "test";
    manifest.config = Json::object();
    manifest.contents = {
        {"pictures", {entry}}, {"channels", 1}, {"classes", 2}, {"scaling", kByType}};
    shard.commit(manifest);
    return shard.manifest_path();
  }
  auto opened(const std::vector<std::uint8_t>& classes, const Json& scaling = kByType) const {
    return [this, classes, scaling] {
      TrainConfig config;
      config.validation.every = 1;
      Validation(config, 12, {"tiles.json", {{"scaling", scaling}}}, {images(classes)}, {}, 1);
    };
  }

  const TemporaryFolder folder;
};

TEST_F(ValidationOf, ImagesWithoutAnnotatedForegroundIsRefused) {
  EXPECT_NO_THROW(opened({0, 0, 1, kIgnored})());
  EXPECT_THAT(opened({0, 0, 0, kIgnored}),
              ThrowsMessage<InputError>(HasSubstr("none of which has a pixel annotated as "
                                                  "foreground")));
}

TEST_F(ValidationOf, ImagesThatWereScaledOtherwiseThanTheTilesIsRefused) {
  EXPECT_THAT(opened({0, 1, 1, 0}, {{"rule", "range"}, {"range", {0, 4095}}}),
              ThrowsMessage<InputError>(HasSubstr(
                  "00000-of-00001.json: has gray values that were scaled by their type, 0 "
                  "to 255, expected by a stated range, 0 to 4095 as in tiles.json")));
}

}  // namespace
}  // namespace unetflow
