#include "image_files.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string from_hex(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return out;
}

// Codestreams that OpenJPEG wrote without loss: 0, 7, 255 above 100, 3, 1 in 8 bits, and 0, 40000
// above 65535, 5 in 16 bits.
const std::string kEightBits = from_hex(
    "ff4fff510029000000000003000000020000000000000000000000030000000200000000000000000001070101ff"
    "52000c00000001000104040001ff5c00074040484850ff90000a0000000000240001ff93cfb40c05b952c7da053f00"
    "387da040059f00d04b045fffd9");
const std::string kSixteenBits = from_hex(
    "ff4fff5100290000000000020000000200000000000000000000000200000002000000000000000000010f0101ff"
    "52000c00000001000104040001ff5c00074080888890ff90000a00000000002c0001ff93c3ff00018008909fc3ff03"
    "01c3ff0301cffc601008909f01d9b708794cbfffd9");

TEST(ReadJpeg2000, GivesItsValues) {
  EXPECT_THAT(read_as<std::uint8_t>(jpeg2000_format(), kEightBits).values,
              ElementsAre(0, 7, 255, 100, 3, 1));
  EXPECT_THAT(read_as<std::uint16_t>(jpeg2000_format(), kSixteenBits).values,
              ElementsAre(0, 40000, 65535, 5));
}

TEST(ReadJpeg2000, CanHoldLabelsWhereItsWaveletsDoNotRound) {
  const TemporaryFolder folder;
  std::string rounded = kEightBits;
  rounded[rounded.find("\xff\x52") + 13] = 0;  // the 9-7 wavelets
  EXPECT_FALSE(read_all(jpeg2000_format(), folder.write("a.j2k", kEightBits))[0].lossy);
  EXPECT_TRUE(read_all(jpeg2000_format(), folder.write("b.j2k", rounded))[0].lossy);
}

TEST(ReadJpeg2000, DamageIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of(jpeg2000_format(), folder.write("a.j2k", kEightBits.substr(0, 90))),
              HasSubstr("a.j2k page 0: is damaged, cut short or of an unsupported kind"));
}

}  // namespace
}  // namespace unetflow
