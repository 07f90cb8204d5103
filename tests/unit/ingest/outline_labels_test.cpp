#include "ingest/outline_labels.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

/// Two cells in an image of 1 x 5: a nucleus and a vessel.
class OutlineLabels : public testing::Test {
 protected:
  Labels read() {
    const auto feature = [](const char* category, int from, int to) {
      return fmt::format(R"({{"type": "Feature", "properties": {{"classification": "{0}"}},
        "geometry": {{"type": "Polygon",
                      "coordinates": [[[{1}, 0], [{2}, 0], [{2}, 1], [{1}, 1]]]}}}})",
                         category, from, to);
    };
    temporary.write("a.json", "[" + feature("nucleus", 0, 2) + "," + feature("vessel", 3, 4) + "]");
    PictureFolder folder(temporary.path);
    SourcePicture source;
    source.labels = folder.list_labels("a.json");
    return read_outline_labels(config, folder, source, 1, 5, drawn);
  }
  const TemporaryFolder temporary;
  LabelConfig config;
  DrawnOutlines drawn;
};

TEST_F(OutlineLabels, AreCellsOrForeground) {
  config.kind = "instances";
  EXPECT_THAT(read().instances.values, ElementsAre(1, 1, 0, 2, 0));
  EXPECT_THAT(drawn.categories, ElementsAre("nucleus", "vessel"));
  config.kind = "binary";
  const Labels binary = read();
  EXPECT_THAT(binary.label.values, ElementsAre(1, 1, 0, 1, 0));
  EXPECT_THAT(binary.instances.values, IsEmpty());
}

TEST_F(OutlineLabels, AreOfTheClassOfTheirCategory) {
  config.kind = "classes";
  config.classes = 3;
  config.values = {{"nucleus", 2}, {"vessel", 0}};
  EXPECT_THAT(read().label.values, ElementsAre(2, 2, 0, 0, 0));
  config.values = {{"nucleus", 2}};
  EXPECT_THAT([&] { read(); },
              ThrowsMessage<InputError>(HasSubstr("a.json: has the category \"vessel\", which "
                                                  "labels.values does not name")));
}

}  // namespace
}  // namespace unetflow
