#include "artifact/identity.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "artifact/artifact_writer.hpp"
#include "core/digest.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::Optional;

class Identity : public testing::Test {
 protected:
  static Manifest wanted() {
    Manifest manifest;
    manifest.kind = "report";
    manifest.stage = "tile";
    manifest.revision = 2;
    manifest.config = {{"stride", 20}, {"nested", {{"a", 0.1F}, {"b", {1, 2}}}}};
    manifest.inputs = {{"../images/a.json", sha256("a")}, {"../images/b.json", sha256("b")}};
    manifest.sources = {{"image/1.png", sha256("1")}};
    return manifest;
  }
  /// The reason to make what `manifest` wants, where wanted() was made before.
  std::optional<std::string> reason(const Manifest& manifest, Sources sources = Sources::kPresent) {
    DigestCache digests(folder_.path / "digests");
    return what_changed(manifest, path_, digests, sources);
  }
  void SetUp() override {
    ArtifactWriter artifact(path_);
    artifact.write("text", "content");
    Manifest manifest = wanted();
    manifest.contents = {{"pictures", {{{"name", "one"}, {"height", 3}}}}, {"channels", 1}};
    artifact.commit(manifest);
  }

  TemporaryFolder folder_;
  fs::path path_ = folder_.path / "artifact" / "tiles.json";
};

TEST_F(Identity, OfEqualArtifactsIsEqual) { EXPECT_EQ(reason(wanted()), std::nullopt); }

TEST_F(Identity, DoesNotHoldTheVersion) {
  Json json = load_json(path_);
  json["version"] = "0.0.1";
  write_file_atomically(path_, json.dump());
  EXPECT_EQ(reason(wanted()), std::nullopt);
}

TEST_F(Identity, HoldsKindStageAndRevision) {
  auto manifest = wanted();
  manifest.revision = 3;
  EXPECT_THAT(reason(manifest), Optional(std::string("revision 3, was 2")));
  manifest = wanted();
  manifest.stage = "cut";
  EXPECT_THAT(reason(manifest), Optional(HasSubstr("by tile")));
  manifest = wanted();
  manifest.kind = "pictures";
  EXPECT_THAT(reason(manifest), Optional(HasSubstr("expected \"pictures\"")));
}

TEST_F(Identity, HoldsEveryValueOfTheConfiguration) {
  auto manifest = wanted();
  manifest.config["stride"] = 30;
  EXPECT_THAT(reason(manifest), Optional(std::string("/stride is 30, was 20")));
  manifest = wanted();
  manifest.config["nested"]["b"][1] = 3;
  EXPECT_THAT(reason(manifest), Optional(std::string("/nested/b/1 is 3, was 2")));
  manifest = wanted();
  manifest.config["nested"]["b"].push_back(3);
  EXPECT_THAT(reason(manifest), Optional(std::string("/nested/b is [1,2,3], was [1,2]")));
  manifest = wanted();
  manifest.config["compare"] = "other";
  EXPECT_THAT(reason(manifest), Optional(std::string("/compare is \"other\", was not set")));
  manifest = wanted();
  manifest.config.erase("stride");
  EXPECT_THAT(reason(manifest), Optional(std::string("/stride is not set, was 20")));
}

TEST_F(Identity, HoldsInputsAndSourcesByDigest) {
  auto manifest = wanted();
  manifest.inputs[1].sha256 = sha256("c");
  EXPECT_THAT(reason(manifest), Optional(std::string("../images/b.json has changed")));
  manifest = wanted();
  std::swap(manifest.inputs[0], manifest.inputs[1]);
  EXPECT_THAT(reason(manifest), Optional(HasSubstr("another order")));
  manifest = wanted();
  manifest.sources.clear();
  EXPECT_THAT(reason(manifest), Optional(std::string("image/1.png is gone")));
  manifest = wanted();
  manifest.sources.push_back({"image/2.png", sha256("2")});
  EXPECT_THAT(reason(manifest), Optional(std::string("image/2.png is new")));
}

TEST_F(Identity, WithoutItsSourcesComparesTheRest) {
  auto manifest = wanted();
  manifest.sources.clear();
  EXPECT_EQ(reason(manifest, Sources::kGone), std::nullopt);
  manifest.config["stride"] = 30;
  EXPECT_NE(reason(manifest, Sources::kGone), std::nullopt);
}

TEST_F(Identity, HoldsWhatIsKnownOfTheContents) {
  auto manifest = wanted();
  manifest.contents = {{"pictures", {{{"name", "one"}}}}};
  EXPECT_EQ(reason(manifest), std::nullopt);
  manifest.contents["pictures"][0]["name"] = "two";
  EXPECT_THAT(reason(manifest), Optional(HasSubstr("/pictures/0/name is \"two\", was \"one\"")));
}

TEST_F(Identity, NeedsTheArtifactToBeWhole) {
  const fs::path text = path_.parent_path() / "text";
  std::ofstream(text) << "Content";
  EXPECT_THAT(reason(wanted()), Optional(HasSubstr("text is damaged")));
  std::ofstream(text) << "longer content";
  EXPECT_THAT(reason(wanted()), Optional(HasSubstr("has 14 bytes, expected 7")));
  fs::remove(text);
  EXPECT_THAT(reason(wanted()), Optional(HasSubstr("is missing")));
  std::ofstream(path_) << "{";
  EXPECT_THAT(reason(wanted()), Optional(HasSubstr("is not valid JSON")));
  fs::remove(path_);
  EXPECT_THAT(reason(wanted()), Optional(std::string("no artifact yet")));
}

}  // namespace
}  // namespace unetflow
