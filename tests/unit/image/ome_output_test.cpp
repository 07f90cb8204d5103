#include "image/ome_output.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "core/read_file.hpp"
#include "image/picture_format.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;

/// A plane of 2 x `width` pixels 0, 1, 2, ..., written as the only one.
template <class T>
Json written(const TemporaryFolder& folder, Index width) {
  FileDescription description;
  description.pixel_size_um = {0.5, 0.25};
  description.plane_names = {"a"};
  ZarrWriter writer([&](const std::string& name) { return folder.path / "a.zarr" / name; },
                    description, "a");
  Picture<T> plane(2, width);
  std::iota(plane.values.begin(), plane.values.end(), T{0});
  writer.add(Plane<const T>(plane.plane()));
  writer.close();
  return parse_json(read_file(folder.path / "a.zarr/.zattrs", 1 << 20), "attributes");
}

template <class T>
std::vector<T> level(const TemporaryFolder& folder, const std::string& path) {
  const auto page = zarr_format().open(folder.path / "a.zarr", path)->read(0);
  return std::get<Picture<T>>(page.values).values;
}

TEST(ZarrWriter, WritesMeansOfImagesInTheMiddleOfTheirPixels) {
  const TemporaryFolder folder;
  const Json image = written<float>(folder, 1027)["multiscales"][0];
  ASSERT_EQ(image["datasets"].size(), 2u);
  EXPECT_EQ(image["datasets"][1]["coordinateTransformations"],
            Json::parse(R"([{"type": "scale", "scale": [1.0, 0.5]},
                            {"type": "translation", "translation": [0.25, 0.125]}])"));
  const auto half = level<float>(folder, "1");
  ASSERT_EQ(half.size(), 514u);
  EXPECT_EQ(half[0], (0 + 1 + 1027 + 1028) / 4.0F);
  EXPECT_EQ(half[513], (1026 + 2053) / 2.0F);  // one column is left
}

TEST(ZarrWriter, WritesEverySecondIdOfLabelsAndSaysThatTheyAre) {
  const TemporaryFolder folder;
  const Json attributes = written<std::uint16_t>(folder, 1027);
  EXPECT_EQ(attributes["image-label"], Json({{"version", "0.4"}}));
  EXPECT_EQ(attributes["names"], Json::array({"a"}));
  const auto transformations =
      attributes["multiscales"][0]["datasets"][1]["coordinateTransformations"];
  EXPECT_EQ(transformations, Json::parse(R"([{"type": "scale", "scale": [1.0, 0.5]}])"));
  const auto half = level<std::uint16_t>(folder, "1");
  ASSERT_EQ(half.size(), 514u);
  EXPECT_EQ(half[0], 0);
  EXPECT_EQ(half[1], 2);
  EXPECT_EQ(half[513], 1026);
}

TEST(ZarrWriter, WritesOneResolutionOfWhatIsAChunk) {
  const TemporaryFolder folder;
  EXPECT_EQ(written<float>(folder, 1024)["multiscales"][0]["datasets"].size(), 1u);
  EXPECT_EQ(level<float>(folder, "0")[1025], 1025);
}

TEST(OmeXml, SaysAxesSizesAndWhereEachPlaneIs) {
  FileDescription description;
  description.axes = {"TZ", {2, 3}};
  description.pixel_size_um = {0.5, 0.25};
  const std::string xml = ome_xml(description, "a", 10, 20, "uint16");
  for (const char* part : {R"(SizeX="20" SizeY="10" SizeZ="3" SizeC="1" SizeT="2")",
                           R"(Type="uint16")", R"(PhysicalSizeX="0.25")", R"(PhysicalSizeY="0.5")",
                           R"(<TiffData IFD="4" FirstZ="1" FirstT="1" PlaneCount="1"/>)"}) {
    EXPECT_THAT(xml, HasSubstr(part));
  }
}

}  // namespace
}  // namespace unetflow
