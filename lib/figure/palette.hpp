// The colours of figures, which people with any colour vision can tell apart (Okabe and Ito 2008).
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>

namespace unetflow {

using Rgb = std::array<std::uint8_t, 3>;

namespace colour {

inline constexpr Rgb kInk = {26, 27, 28};  ///< text and axes; light on a dark page
inline constexpr Rgb kInkOnDark = {216, 218, 222};
inline constexpr Rgb kGray = {163, 167, 171};
inline constexpr Rgb kWhite = {255, 255, 255};

inline constexpr Rgb kOrange = {230, 159, 0};
inline constexpr Rgb kSky = {86, 180, 233};
inline constexpr Rgb kGreen = {0, 158, 115};
inline constexpr Rgb kYellow = {240, 228, 66};
inline constexpr Rgb kBlue = {0, 114, 178};
inline constexpr Rgb kBlueOnDark = {61, 155, 220};
inline constexpr Rgb kRed = {213, 94, 0};
inline constexpr Rgb kPurple = {204, 121, 167};

/// For classes, and for segments.
inline constexpr std::array<Rgb, 7> kDistinct = {kOrange, kSky, kGreen, kYellow,
                                                 kBlue,   kRed, kPurple};
/// For curves on white and on black.
inline constexpr std::array<Rgb, 5> kCurves = {kBlue, kOrange, kGreen, kPurple, kRed};

/// Of maps: viridis (van der Walt and Smith 2015) at eight points, and one that diverges from white
/// to blue (low) and red (high).
inline constexpr std::array<Rgb, 8> kViridis = {{{68, 1, 84},
                                                 {70, 50, 126},
                                                 {54, 92, 141},
                                                 {39, 127, 142},
                                                 {31, 161, 135},
                                                 {74, 193, 109},
                                                 {160, 218, 57},
                                                 {253, 231, 37}}};
inline constexpr std::array<Rgb, 7> kDiverging = {{{5, 48, 97},
                                                   {67, 147, 195},
                                                   {209, 229, 240},
                                                   {247, 247, 247},
                                                   {253, 219, 199},
                                                   {214, 96, 77},
                                                   {103, 0, 31}}};

/// What a segmentation misses: foreground (cells may be split), background (cells may be merged).
inline constexpr Rgb kMissedForeground = kOrange, kMissedBackground = kSky;

/// What nobody has annotated.
inline constexpr Rgb kIgnoredPixel = kPurple;

}  // namespace colour

/// As #rrggbb.
inline std::string hex(const Rgb& rgb) {
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

}  // namespace unetflow
