#include <gmock/gmock.h>

#include "core/error.hpp"
#include "image/outlines.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<OutlinedImage> coco(const std::string& annotations) {
  return parse_outline_json(
      R"({"images": [{"id": 1, "file_name": "a.png", "height": 6, "width": 8}],
                                "annotations": [)" +
          annotations + "]}",
      "c.json");
}

void refuses(const std::string& text, const std::string& message) {
  EXPECT_THAT([&] { parse_outline_json(text, "c.json"); },
              ThrowsMessage<InputError>(HasSubstr("c.json" + message)));
}

TEST(OutlineJson, UnpacksRunLengthsOfCoco) {
  // Packed by pycocotools.
  const auto images =
      coco(R"({"image_id": 1, "segmentation": {"size": [6, 8], "counts": "5172LNN02200005"}})");
  EXPECT_EQ(images.at(0).image, "a.png");
  EXPECT_THAT(images[0].cells.at(0).runs, ElementsAre(5, 1, 7, 3, 3, 1, 1, 1, 3, 3, 3, 3, 3, 3, 8));
}

TEST(OutlineJson, RefusesRunLengthsThatAreNone) {
  const std::string begin = R"({"image_id": 1, "segmentation": {"size": [6, 8], "counts": )";
  for (const char* counts : {"\"5\"", "[1, 2]", "\"~\"", "\"oooooooooo\"", "[-1, 49]"}) {
    EXPECT_THROW(coco(begin + counts + "}}"), InputError) << counts;
  }
}

TEST(OutlineJson, NamesThePlaceOfWhatIsWrong) {
  refuses("{}", ": is neither COCO (\"images\" and \"annotations\") nor GeoJSON");
  refuses(R"([{"type": "Feature", "geometry": {"type": "Point"}}])",
          " at /0/geometry/type: is \"Point\", expected Polygon or MultiPolygon");
  refuses(R"([{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[1, "x"]]]}}])",
          " at /0/geometry/coordinates/0/0/1: is \"x\", expected a coordinate in pixels");
  refuses(R"([{"type": "Feature"}])", " at /0: has no \"geometry\"");
}

TEST(OutlineJson, NamesCategories) {
  const auto category = [](const std::string& properties) {
    return parse_outline_json(R"([{"type": "Feature", "properties": )" + properties +
                                  R"(, "geometry": {"type": "Polygon", "coordinates": []}}])",
                              "c.json")[0]
        .cells.at(0)
        .category;
  };
  EXPECT_EQ(category(R"({"classification": {"name": "Tumor", "color": [1, 2, 3]}})"), "Tumor");
  EXPECT_EQ(category(R"({"classification": "Tumor"})"), "Tumor");
  EXPECT_EQ(category(R"({"objectType": "annotation"})"), "");
  const std::string begin = R"({"images": [{"id": 1, "file_name": "a", "height": 6, "width": 8}],
    "categories": [{"id": 3, "name": "cell"}],
    "annotations": [{"image_id": 1, "segmentation": [], "category_id": )";
  EXPECT_EQ(parse_outline_json(begin + "3}]}", "c.json")[0].cells.at(0).category, "cell");
  refuses(begin + "3, \"bbox\": [1, 1, 2, 2]}]}",
          " at /annotations/0/segmentation: is empty, and a box (bbox) is no outline");
  refuses(begin + "4}]}", " at /annotations/0/category_id: is 4, expected the id of one of the");
}

TEST(OutlineJson, KeepsPartsAndHolesOfGeoJson) {
  const auto cells =
      parse_outline_json(
          R"({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry":
          {"type": "MultiPolygon", "coordinates": [[[[0,0],[1,0],[1,1]], [[0,0],[0,1],[1,1]]],
                                                   [[[5,5],[6,5],[6,6]]]]}}]})",
          "c.json")[0]
          .cells;
  ASSERT_EQ(cells.size(), 1u);
  ASSERT_EQ(cells[0].areas.size(), 2u);
  EXPECT_EQ(cells[0].areas[0].rings.size(), 2u);
}

}  // namespace
}  // namespace unetflow
