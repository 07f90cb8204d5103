#include "metrics/warping_error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace unetflow {
namespace {

constexpr Index kRadius = 20;  // px; of the window in which the loss of a pixel is a split or not
constexpr Index kSide = 2 * kRadius + 1;

/// Components among the 8 neighbours in `ring`, clockwise from the one above. Those that follow
/// each other share an edge; every other one touches the centre by an edge, and the next such at a
/// corner.
constexpr int count_components(unsigned ring, bool by_corners, bool only_beside_centre) {
  std::array<int, 8> first = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto unite = [&](int a, int b) {
    if ((ring >> a & ring >> b & 1) != 0) first[a] = first[b] = std::min(first[a], first[b]);
  };
  for (int pass = 0; pass < 8; ++pass) {
    for (int k = 0; k < 8; ++k) {
      unite(k, (k + 1) % 8);
      if (by_corners && k % 2 == 0) unite(k, (k + 2) % 8);
    }
  }
  unsigned found = 0;
  for (int k = 0; k < 8; k += only_beside_centre ? 2 : 1) found |= (ring >> k & 1) << first[k];
  return std::popcount(found);
}

/// Mismatches as |probability - threshold|, descending, above the pixel's index.
std::uint64_t sort_key(float probability, double threshold, Index index) {
  const auto distance = static_cast<float>(std::abs(static_cast<double>(probability) - threshold));
  return std::uint64_t{~std::bit_cast<std::uint32_t>(distance)} << 32 |
         static_cast<std::uint32_t>(index);
}

/// Sorts by the upper 32 bits, keeping the order of equals: three passes of 11 bits.
void sort_by_distance(std::vector<std::uint64_t>& keys, std::vector<std::uint64_t>& other) {
  constexpr unsigned kBits = 11;
  other.resize(keys.size());
  for (unsigned shift = 32; shift < 64; shift += kBits) {
    std::array<size_t, 1 << kBits> begin{};
    const auto digit = [shift](std::uint64_t key) { return key >> shift & ((1 << kBits) - 1); };
    for (const auto key : keys) ++begin[digit(key)];
    size_t sum = 0;
    for (auto& count : begin) sum += std::exchange(count, sum);
    for (const auto key : keys) other[begin[digit(key)]++] = key;
    keys.swap(other);
  }
}

/// The distinct values among up to 8.
class FewIds {
 public:
  void insert(std::uint32_t id) {
    if (std::find(ids_.begin(), ids_.begin() + size_, id) == ids_.begin() + size_) {
      ids_[static_cast<size_t>(size_++)] = id;
    }
  }
  int size() const { return size_; }
  bool only_background() const { return size_ == 0 || (size_ == 1 && ids_[0] == 0); }

 private:
  std::array<std::uint32_t, 8> ids_{};
  int size_ = 0;
};

/// The ids around (y, x), those in the picture only.
FewIds ids_around(Plane<const std::uint32_t> ids, Index y, Index x) {
  FewIds found;
  for (Index v = std::max<Index>(y - 1, 0); v <= std::min(y + 1, ids.height - 1); ++v) {
    for (Index u = std::max<Index>(x - 1, 0); u <= std::min(x + 1, ids.width - 1); ++u) {
      if (v != y || u != x) found.insert(ids(v, u));
    }
  }
  return found;
}

/// Whether the objects around (y, x) fall apart, as far as the window shows, when it is cleared.
bool splits_when_cleared(Plane<const std::uint8_t> mask, Index y, Index x,
                         ComponentsWorkspace& runs) {
  std::array<std::uint8_t, kSide * kSide> window{};
  std::array<std::uint32_t, kSide * kSide> ids;
  for (Index v = std::max<Index>(y - kRadius, 0); v <= std::min(y + kRadius, mask.height - 1);
       ++v) {
    const Index first = std::max<Index>(x - kRadius, 0);
    const Index last = std::min(x + kRadius, mask.width - 1);
    std::copy(mask.row(v) + first, mask.row(v) + last + 1,
              window.begin() + (v - y + kRadius) * kSide + first - x + kRadius);
  }
  window[kRadius * kSide + kRadius] = 0;
  const Plane<std::uint32_t> components(ids.data(), kSide, kSide);
  label_components(Plane<const std::uint8_t>(window.data(), kSide, kSide), 4, components, runs);
  return ids_around(components, kRadius, kRadius).size() > 2;
}

}  // namespace

constinit const std::array<bool, 256> kSimplePoint = [] {
  std::array<bool, 256> table{};
  for (unsigned ring = 0; ring < table.size(); ++ring) {
    table[ring] =
        count_components(ring, false, true) == 1 && count_components(~ring & 255, true, false) == 1;
  }
  return table;
}();

WarpingCounts& WarpingCounts::operator+=(const WarpingCounts& other) {
  splits += other.splits;
  merges += other.merges;
  hole_additions += other.hole_additions;
  hole_deletions += other.hole_deletions;
  object_additions += other.object_additions;
  object_deletions += other.object_deletions;
  return *this;
}

WarpingCounts warp(Plane<const std::uint8_t> truth, Plane<const float> probability,
                   double threshold, WarpingWorkspace& workspace) {
  // Column by column, so that the order of indices is the order of ties. Topology does not mind.
  const Index pitch = truth.height + 2;
  auto& mask = workspace.mask;
  auto& mismatches = workspace.mismatches;
  mask.assign(static_cast<size_t>(pitch * (truth.width + 2)), 0);
  mismatches.clear();
  for (Index x = 0; x < truth.width; ++x) {
    for (Index y = 0; y < truth.height; ++y) {
      const Index i = (x + 1) * pitch + y + 1;
      const bool foreground = truth(y, x) != 0;
      mask[static_cast<size_t>(i)] = foreground;
      if (foreground != (static_cast<double>(probability(y, x)) > threshold)) {
        mismatches.push_back(sort_key(probability(y, x), threshold, i));
      }
    }
  }
  sort_by_distance(mismatches, workspace.sorting);

  const std::array<Index, 8> ring = {-1, pitch - 1,  pitch,  pitch + 1,
                                     1,  -pitch + 1, -pitch, -pitch - 1};
  for (size_t before = mismatches.size() + 1; mismatches.size() != before;) {
    before = mismatches.size();
    size_t kept = 0;
    for (const auto key : mismatches) {
      std::uint8_t* pixel = mask.data() + static_cast<std::uint32_t>(key);
      unsigned neighbours = 0;
      for (size_t k = 0; k < ring.size(); ++k) neighbours |= unsigned{pixel[ring[k]]} << k;
      if (kSimplePoint[neighbours]) {
        *pixel ^= 1;
      } else {
        mismatches[kept++] = key;
      }
    }
    mismatches.resize(kept);
  }

  // The columns as a picture of its own, on its side.
  const auto warped = Plane<const std::uint8_t>(mask.data(), truth.width + 2, pitch)
                          .part(1, 1, truth.width, truth.height);
  workspace.components.resize(static_cast<size_t>(truth.size()));
  const Plane<std::uint32_t> components(workspace.components.data(), warped.height, warped.width);
  label_components(warped, 4, components, workspace.runs);
  WarpingCounts counts;
  for (const auto key : mismatches) {
    const auto i = static_cast<Index>(static_cast<std::uint32_t>(key));
    const Index column = i / pitch - 1, y = i % pitch - 1;
    const bool foreground = warped(column, y) != 0;
    const FewIds around = ids_around(components, column, y);
    if (around.only_background()) {
      ++(foreground ? counts.object_deletions : counts.object_additions);
    } else if (around.size() == 1) {
      ++(foreground ? counts.hole_additions : counts.hole_deletions);
    } else if (around.size() > 2) {
      ++(foreground ? counts.splits : counts.merges);
    } else if (!foreground) {
      ++counts.hole_additions;
    } else {
      ++(splits_when_cleared(warped, column, y, workspace.runs) ? counts.splits
                                                                : counts.hole_deletions);
    }
  }
  return counts;
}

}  // namespace unetflow
