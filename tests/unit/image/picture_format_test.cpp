#include "image_files.hpp"

#include <set>

namespace unetflow {
namespace {

TEST(PictureFormat, FullScaleIsWhatItsBitsCanHold) {
  const TemporaryFolder folder;
  const auto scale = [&](const std::string& content) {
    const auto format = content.starts_with("II") ? tiff_format() : png_format();
    return full_scale(read_all(format, folder.write("picture", content)).at(0));
  };
  EXPECT_EQ(scale(png(1, 1, 1, 0, bytes({0, 0x80}))), 1);
  EXPECT_EQ(scale(png(1, 1, 4, 0, bytes({0, 0x10}))), 15);
  EXPECT_EQ(scale(png(1, 1, 8, 0, bytes({0, 1}))), 255);
  EXPECT_EQ(scale(png(1, 1, 16, 0, bytes({0, 0, 1}))), 65535);
  EXPECT_EQ(scale(tiff({page(1, 2, 12, {bytes({0, 0, 0})})})), 4095);
}

TEST(PictureFormat, AFloatIsTakenAsItIs) {
  EXPECT_EQ(full_scale({Picture<float>(1, 1)}), 1);
  EXPECT_EQ(full_scale({Picture<std::uint32_t>(1, 1)}), 4294967295.0);
}

TEST(PictureFormat, TypesHaveNames) {
  EXPECT_EQ(type_name({Picture<std::uint8_t>(1, 1)}), "8-bit");
  EXPECT_EQ(type_name({Picture<std::uint16_t>(1, 1)}), "16-bit");
  EXPECT_EQ(type_name({Picture<std::uint32_t>(1, 1)}), "32-bit integer");
  EXPECT_EQ(type_name({Picture<float>(1, 1)}), "float");
}

TEST(PictureFormat, EndingsAndMagicNumbersTellTheFormatsApart) {
  std::set<std::string> names, endings;
  std::vector<std::string> magic;
  for (const auto& format : image_formats()) {
    EXPECT_TRUE(names.insert(format.name).second) << format.name;
    for (const auto& ending : format.endings) {
      EXPECT_TRUE(ending.starts_with('.')) << ending;
      EXPECT_TRUE(endings.insert(ending).second) << ending;
    }
    ASSERT_FALSE(format.magic.empty()) << format.name;
    for (const auto& bytes : format.magic) {
      EXPECT_GE(bytes.size(), 2u) << format.name;
      for (const auto& other : magic) {
        EXPECT_FALSE(bytes.starts_with(other) || other.starts_with(bytes)) << format.name;
      }
      magic.push_back(bytes);
    }
  }
}

}  // namespace
}  // namespace unetflow
