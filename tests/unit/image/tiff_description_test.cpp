#include "image/tiff_description.hpp"

#include <gmock/gmock.h>

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The tags of a stack of 4 x 5 pixels with this description.
TiffTags tags_of(Index pages, const std::string& description) {
  TiffTags tags;
  tags.pages = pages;
  tags.height = 4;
  tags.width = 5;
  tags.descriptions[0] = description;
  return tags;
}

std::vector<std::vector<Index>> planes_of(const TiffTags& tags) {
  const auto description = describe_tiff(tags);
  EXPECT_THAT(description.unclear, IsEmpty());
  std::vector<std::vector<Index>> planes;
  for (const auto& image : description.images) planes.push_back(image.planes);
  return planes;
}

std::string pixels(const std::string& attributes, const std::string& inside) {
  return R"(<?xml version="1.0"?><OME><Image><Pixels SizeX="5" SizeY="4" )" + attributes + ">" +
         inside + "</Pixels></Image></OME>";
}

TEST(TiffDescription, WithoutMetadataEachPageIsAnImage) {
  EXPECT_THAT(planes_of(tags_of(2, "")), ElementsAre(ElementsAre(0), ElementsAre(1)));
  EXPECT_THAT(planes_of(tags_of(2, "a microscope")), ElementsAre(ElementsAre(0), ElementsAre(1)));
}

TEST(TiffDescription, ImageJCountsChannelsFastest) {
  EXPECT_THAT(planes_of(tags_of(4, "ImageJ=1.5\nimages=4\r\nchannels=2\nframes=2\n")),
              ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

TEST(TiffDescription, ImageJsPlanesMayHaveNoDirectories) {
  EXPECT_EQ(planes_of_one_page(tags_of(1, "ImageJ=1.5\nimages=7\n")), 7);
  EXPECT_EQ(planes_of_one_page(tags_of(2, "ImageJ=1.5\nimages=7\n")), 1);
  EXPECT_EQ(planes_of_one_page(tags_of(1, "ImageJ=1.5\nimages=nan\n")), 1);
  EXPECT_EQ(planes_of_one_page(tags_of(1, R"({"shape": [3, 4, 5], "truncated": true})")), 3);
}

TEST(TiffDescription, NumbersThatContradictThePagesAreUnclear) {
  for (const char* text : {"ImageJ=1.5\nimages=5\n", "ImageJ=1.5\nchannels=3\n",
                           "ImageJ=1.5\nchannels=-2\n", "ImageJ=1.5\nchannels=x\nslices=4\n"}) {
    EXPECT_THAT(describe_tiff(tags_of(4, text)).unclear, HasSubstr("has 4 pages, but")) << text;
  }
}

TEST(TiffDescription, AnArrayOfSeveralNamelessAxesIsUnclear) {
  EXPECT_THAT(planes_of(tags_of(2, R"({"shape": [1, 2, 4, 5]})")),
              ElementsAre(ElementsAre(0), ElementsAre(1)));
  EXPECT_THAT(describe_tiff(tags_of(4, R"({"shape": [2, 2, 4, 5]})")).unclear,
              HasSubstr("does not say what its axes are"));
  EXPECT_THAT(planes_of(tags_of(4, R"({"shape": [2, 2, 4, 5], "axes": "CTYX"})")),
              ElementsAre(ElementsAre(0, 2), ElementsAre(1, 3)));
}

TEST(TiffDescription, ArraysThatDoNotFitThePagesSayNothing) {
  for (const char* text : {R"({"shape": [7, 4, 5]})", R"({"shape": [4, 7]})", R"({"shape": 3})",
                           R"({"shape": [-1, 4, 5]})", R"({"shape": [1e99]})", "{", "[]"}) {
    EXPECT_THAT(planes_of(tags_of(2, text)), ElementsAre(ElementsAre(0), ElementsAre(1))) << text;
  }
}

TEST(TiffDescription, OmeNamesThePageOfEachPlane) {
  const auto text = pixels(R"(DimensionOrder="XYZTC" SizeZ="1" SizeC="2" SizeT="2")",
                           R"(<TiffData IFD="2" FirstC="0" PlaneCount="2"/>
                              <TiffData IFD="0" FirstC="1" PlaneCount="2"/>)");
  EXPECT_THAT(planes_of(tags_of(4, text)), ElementsAre(ElementsAre(2, 0), ElementsAre(3, 1)));
}

TEST(TiffDescription, OmeWithoutPagesCountsThemInItsOrder) {
  const auto order = R"(DimensionOrder="XYCZT" SizeZ="2" SizeC="2" SizeT="1")";
  for (const char* inside : {"", "<TiffData/>"}) {
    EXPECT_THAT(planes_of(tags_of(4, pixels(order, inside))),
                ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
  }
}

TEST(TiffDescription, OmeCountsTheSamplesOfAPixelAsChannels) {
  auto tags = tags_of(2, pixels(R"(DimensionOrder="XYCZT" SizeZ="1" SizeC="3" SizeT="2")", ""));
  tags.samples = 3;
  EXPECT_THAT(planes_of(tags), ElementsAre(ElementsAre(0), ElementsAre(1)));
}

TEST(TiffDescription, OmeThatDoesNotAddUpIsUnclear) {
  const std::string sizes = R"(DimensionOrder="XYZTC" SizeZ="1" SizeC="2" SizeT="2")";
  const std::string half = R"(<TiffData IFD="0" PlaneCount="2"/>)";
  const std::map<std::string, std::string> cases = {
      {"<OME", "not well-formed XML at byte"},
      {"<OME/>", "without an image"},
      {"<OME><BinaryOnly/></OME>", "one of several files"},
      {pixels(R"(DimensionOrder="XYZ" SizeZ="1")", ""), "the DimensionOrder \"XYZ\""},
      {pixels(R"(DimensionOrder="XYZTC" SizeZ="1" SizeC="2")", ""), "a usable SizeT"},
      {pixels(R"(DimensionOrder="XYZTC" SizeZ="1" SizeC="2" SizeT="1e9")", ""), "a usable SizeT"},
      {pixels(R"(DimensionOrder="XYZTC" SizeZ="1" SizeC="1" SizeT="2")", ""),
       "pages, but its OME metadata name only 2 of them"},
      {pixels(R"(DimensionOrder="XYZTC" SizeZ="9" SizeC="2" SizeT="2")", ""),
       "has 4 pages, but its OME metadata say 2 times, 9 slices and 2 channels"},
      {pixels(sizes, half), "do not say where some of its planes are"},
      {pixels(sizes, half + half), "name a plane twice"},
      {pixels(sizes, R"(<TiffData IFD="3" PlaneCount="4"/>)"), "name page 3 and the 4 from it on"},
      {pixels(sizes, R"(<TiffData FirstT="7" PlaneCount="1"/>)"), "has 4 pages, but"}};
  for (const auto& [text, expected] : cases) {
    const auto description = describe_tiff(tags_of(4, text));
    EXPECT_THAT(description.unclear, HasSubstr(expected)) << text;
    EXPECT_THAT(description.images, IsEmpty());
  }
}

TEST(TiffDescription, PixelSizesAreInMicrometresWhateverTheirUnit) {
  auto tags = tags_of(1, "ImageJ=1.5\nunit=nm\n");
  tags.resolution = {0.02, 0.01};
  EXPECT_THAT(describe_tiff(tags).pixel_size_um, ElementsAre(0.05, 0.1));
  tags.descriptions[0] = pixels(
      R"(DimensionOrder="XYZTC" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="0.25" PhysicalSizeY="1e-3" PhysicalSizeYUnit="mm")",
      "");
  EXPECT_THAT(describe_tiff(tags).pixel_size_um, ElementsAre(1, 0.25));
  tags.descriptions.clear();
  tags.resolution = {1e4F / 0.65F, 1e4F / 0.65F};
  tags.resolution_unit = 3;
  EXPECT_THAT(describe_tiff(tags).pixel_size_um, ElementsAre(0.65, 0.65));
}

TEST(TiffDescription, TheResolutionOfAPrinterIsNotThatOfAMicroscope) {
  auto tags = tags_of(1, "");
  tags.resolution = {300, 300};
  EXPECT_THAT(describe_tiff(tags).pixel_size_um, ElementsAre(0, 0));
}

TEST(TiffDescription, ImageJNamesItsSlices) {
  const std::string little("JIJIlbal\2\0\0\0A\0b\0c\0", 18);  // one text of two letters, one of one
  EXPECT_THAT(imagej_labels({12, 4, 2}, little, false), ElementsAre("Ab", "c"));
  const std::string big("IJIJlabl\0\0\0\2\0A\0b\0c", 18);
  EXPECT_THAT(imagej_labels({12, 4, 2}, big, true), ElementsAre("Ab", "c"));
  EXPECT_THAT(imagej_labels({12, 4, 3}, big, true), IsEmpty());
  EXPECT_THAT(imagej_labels({12, 4}, big, true), IsEmpty());
  EXPECT_THAT(imagej_labels({99}, big, true), IsEmpty());
  EXPECT_THAT(imagej_labels({}, "", true), IsEmpty());
}

TEST(TiffDescription, LabelsForImageJAreReadAgain) {
  const std::vector<std::string> labels = {"a:1", "", "\u00b5m \U0001F52C"};
  const auto [counts, bytes] = labels_for_imagej(labels);
  EXPECT_EQ(imagej_labels(counts, bytes, false), labels);
}

TEST(TiffDescription, WhatIsWrittenForImageJIsUnderstoodAgain) {
  FileDescription description;
  description.axes = {"TZ", {2, 3}};
  description.pixel_size_um = {0.5, 0.5};
  auto tags = tags_of(6, imagej_description(description));
  tags.resolution = {2, 2};
  const auto again = describe_tiff(tags);
  EXPECT_THAT(again.unclear, IsEmpty());
  ASSERT_EQ(again.images.size(), 6u);
  EXPECT_EQ(again.images[4].t, 1);
  EXPECT_EQ(again.images[4].z, 1);
  EXPECT_THAT(again.pixel_size_um, ElementsAre(0.5, 0.5));
}

}  // namespace
}  // namespace unetflow
