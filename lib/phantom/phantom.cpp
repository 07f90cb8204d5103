#include "phantom/phantom.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "core/deterministic_math.hpp"
#include "core/random.hpp"
#include "image/mirror.hpp"
#include "simd/gaussian.hpp"

namespace unetflow {
namespace {

/// Random numbers of one image, drawn one after another by one thread.
class Draw {
 public:
  explicit Draw(std::uint64_t key) : key_(key) {}
  double uniform(double low, double high) {
    return low + (high - low) * random_uniform(key_, next_++);
  }
  bool chance(double probability) { return uniform(0, 1) < probability; }

 private:
  std::uint64_t key_;
  std::uint64_t next_ = 0;
};

struct Point {
  double y = 0;
  double x = 0;
};
Point operator+(Point a, Point b) { return {a.y + b.y, a.x + b.x}; }
Point operator-(Point a, Point b) { return {a.y - b.y, a.x - b.x}; }
Point operator*(double s, Point a) { return {s * a.y, s * a.x}; }
double dot(Point a, Point b) { return a.y * b.y + a.x * b.x; }
double length(Point a) { return std::sqrt(dot(a, a)); }
/// The unit vector at an angle from the x axis, in degrees.
Point direction(double degrees) {
  const auto [cosine, sine] = cosine_sine(degrees);
  return {sine, cosine};
}

constexpr double kDegrees = 180 / 3.14159265358979323846;  ///< in a radian

/// Gaussian smoothing, mirrored at the border.
void smooth(Picture<double>& picture, double sigma) {
  if (sigma <= 0) return;
  const auto radius = static_cast<Index>(std::ceil(3 * sigma));
  const auto half = gaussian_half(sigma, 2 * static_cast<int>(radius) + 1);
  Picture<double> rows(picture.height, picture.width);
  const auto pass = [&](Plane<const double> from, Plane<double> to, bool down) {
    for (Index y = 0; y < to.height; ++y) {
      for (Index x = 0; x < to.width; ++x) {
        double value = 0;
        for (Index i = -radius; i <= radius; ++i) {
          value += half[static_cast<std::size_t>(std::abs(i))] *
                   (down ? from(mirror_index(y + i, to.height), x)
                         : from(y, mirror_index(x + i, to.width)));
        }
        to(y, x) = value;
      }
    }
  };
  pass(picture.plane(), rows.plane(), false);
  pass(rows.plane(), picture.plane(), true);
}

/// Smooth noise of mean 0 and standard deviation 1.
Picture<double> noise_field(std::uint64_t key, Index size, double sigma) {
  Picture<double> out(size, size);
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    // The sum of three uniform numbers is close enough to normal.
    const auto words = random_words(key, i);
    out.values[i] = (words[0] * 0x1p-32 + words[1] * 0x1p-32 + words[2] * 0x1p-32 - 1.5) * 2;
  }
  smooth(out, sigma);
  double sum = 0, squares = 0;
  for (const double value : out.values) {
    sum += value;
    squares += value * value;
  }
  const auto count = static_cast<double>(out.values.size());
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(squares / count - mean * mean, 1e-12));
  for (double& value : out.values) value = (value - mean) / deviation;
  return out;
}

struct Cell {
  Point centre;
  double radius;
  Point axis;         ///< unit vector along which the cell is elongated
  double elongation;  ///< length over width
  double gray;
  bool filled;  ///< with vesicles
};

/// A distance from the cell: from its centre, in px across its axis and in more than a px along it,
/// minus its radius, so that large cells reach further. Also its gradient.
double cell_distance(const Cell& cell, Point at, Point& gradient) {
  const Point offset = at - cell.centre;
  const double along = dot(offset, cell.axis) / cell.elongation;
  const Point across = offset - dot(offset, cell.axis) * cell.axis;
  const double distance = std::sqrt(along * along + dot(across, across)) + 1e-9;
  gradient = (1 / distance) * (across + (along / cell.elongation) * cell.axis);
  return distance - cell.radius;
}

std::vector<Cell> scatter_cells(const PhantomConfig& config, Draw& draw) {
  const auto size = static_cast<double>(config.size);
  const double margin = config.largest_cell;
  // Neighbouring neurites are parallel: the axes follow one angle, in degrees, that turns slowly
  // over the image.
  const double angle = draw.uniform(0, 180);
  const Point turn = {kDegrees * draw.uniform(-1, 1) / size, kDegrees * draw.uniform(-1, 1) / size};
  std::vector<Cell> cells;
  // The large ones first, then smaller ones into the gaps.
  const double log_ratio = natural_log(config.largest_cell / config.smallest_cell);
  constexpr int kRounds = 12;
  for (int round = 0; round < kRounds; ++round) {
    const double radius =
        config.largest_cell * exponential(-log_ratio * static_cast<double>(round) / (kRounds - 1));
    // A few of each size; the smallest fill what is left.
    const double area = (size + 2 * margin) * (size + 2 * margin) / (radius * radius);
    const auto tries = static_cast<int>(area * (round + 1 == kRounds ? 3.0 : 0.05));
    for (int i = 0; i < tries; ++i) {
      Cell cell;
      cell.centre = {draw.uniform(-margin, size + margin), draw.uniform(-margin, size + margin)};
      cell.radius = radius * draw.uniform(0.85, 1.15);
      cell.axis =
          direction(angle + 2 * dot(turn, cell.centre) + kDegrees * draw.uniform(-0.5, 0.5));
      cell.elongation = draw.uniform(1.0, 2.0);
      cell.gray = draw.uniform(0.5, 0.72);
      cell.filled = draw.chance(0.3);
      const bool free = std::none_of(cells.begin(), cells.end(), [&](const Cell& other) {
        Point unused;
        return cell_distance(other, cell.centre, unused) < 0.8 * cell.radius;
      });
      if (free) cells.push_back(cell);
    }
  }
  return cells;
}

/// Which cell each pixel is in, and how far it is from the middle of the nearest membrane.
struct Tissue {
  std::vector<Cell> cells;
  Picture<std::uint32_t> cell;  ///< index into cells
  Picture<double> distance;     ///< px
};

Tissue grow(const PhantomConfig& config, std::vector<Cell> cells, const Picture<double>& bend_y,
            const Picture<double>& bend_x, const Picture<double>& wiggle_y,
            const Picture<double>& wiggle_x) {
  Tissue tissue{std::move(cells), Picture<std::uint32_t>(config.size, config.size),
                Picture<double>(config.size, config.size)};
  const auto width = static_cast<std::size_t>(config.size);
  for (std::size_t i = 0; i < tissue.cell.values.size(); ++i) {
    // Straight distances in bent space make curved membranes.
    const std::size_t y = i / width, x = i % width;
    const Point at = {static_cast<double>(y) + 7 * bend_y.values[i] + 1.3 * wiggle_y.values[i],
                      static_cast<double>(x) + 7 * bend_x.values[i] + 1.3 * wiggle_x.values[i]};
    double first = std::numeric_limits<double>::infinity(), second = first;
    Point first_gradient, second_gradient;
    for (std::size_t c = 0; c < tissue.cells.size(); ++c) {
      Point gradient;
      const double distance = cell_distance(tissue.cells[c], at, gradient);
      if (distance < first) {
        second = first;
        second_gradient = first_gradient;
        first = distance;
        first_gradient = gradient;
        tissue.cell.values[i] = static_cast<std::uint32_t>(c);
      } else if (distance < second) {
        second = distance;
        second_gradient = gradient;
      }
    }
    // To first order, the distance to the place where both are equal.
    tissue.distance.values[i] =
        (second - first) / std::max(length(second_gradient - first_gradient), 0.3);
  }
  return tissue;
}

/// Draws organelles into one cell, never over a membrane.
class Painter {
 public:
  Painter(Picture<double>& image, const Tissue& tissue) : image_(image), tissue_(tissue) {}

  /// Whether a disc around `at` is within one cell, `clearance` px off its membrane.
  bool inside(Point at, double clearance) const {
    const auto y = static_cast<Index>(std::floor(at.y));
    const auto x = static_cast<Index>(std::floor(at.x));
    return y >= 0 && x >= 0 && y < image_.height && x < image_.width &&
           tissue_.distance.plane()(y, x) > clearance;
  }
  std::uint32_t cell(Point at) const {
    return tissue_.cell.plane()(static_cast<Index>(at.y), static_cast<Index>(at.x));
  }

  /// Blends `gray(offset)` into the pixels of the cell at `centre`, with the opacity
  /// `cover(offset)`.
  template <class Cover, class Gray>
  void paint(Point centre, double reach, Cover cover, Gray gray) {
    const std::uint32_t id = cell(centre);
    const auto low = [&](double c) { return std::max<Index>(0, static_cast<Index>(c - reach)); };
    const auto high = [&](double c) {
      return std::min<Index>(image_.height - 1, static_cast<Index>(c + reach) + 1);
    };
    for (Index y = low(centre.y); y <= high(centre.y); ++y) {
      for (Index x = low(centre.x); x <= high(centre.x); ++x) {
        if (tissue_.cell.plane()(y, x) != id) continue;
        const Point offset = Point{static_cast<double>(y), static_cast<double>(x)} - centre;
        const double opacity = std::clamp(cover(offset), 0.0, 1.0);
        double& pixel = image_.plane()(y, x);
        if (opacity > 0) pixel += opacity * (gray(offset) - pixel);
      }
    }
  }

 private:
  Picture<double>& image_;
  const Tissue& tissue_;
};

/// Adds the centre to `others` if there is room for it.
void paint_mitochondrion(Painter& painter, Point centre, std::vector<Point>& others, Draw& draw) {
  const double width = draw.uniform(5, 13);
  const double elongation = draw.uniform(1.1, 2.4);
  const Point axis = direction(draw.uniform(0, 180));
  const Point cristae = direction(draw.uniform(0, 180));
  const double body = draw.uniform(0.26, 0.42);
  if (std::any_of(others.begin(), others.end(),
                  [&](Point other) { return length(other - centre) < 30; })) {
    return;
  }
  // All of it, with its rim, must be within its cell.
  for (int i = 0; i < 16; ++i) {
    const Point around = direction(i * 22.5);
    const double along = dot(around, axis);
    const Point on_rim = centre + (width + 3) * (around + (along * (elongation - 1)) * axis);
    if (!painter.inside(on_rim, 3)) return;
  }
  others.push_back(centre);
  const auto depth = [=](Point offset) {  // px below the rim's outer edge
    const double along = dot(offset, axis) / elongation;
    const Point across = offset - dot(offset, axis) * axis;
    return width - std::sqrt(along * along + dot(across, across));
  };
  painter.paint(
      centre, width * elongation, [&](Point offset) { return depth(offset) + 0.5; },
      [&](Point offset) {
        if (depth(offset) < 1.8) return 0.22;
        const double phase = 1.9 * dot(offset, cristae) + 0.08 * dot(offset, offset);
        return body + 0.09 * cosine_sine(kDegrees * phase).second;
      });
}

void paint_vesicle(Painter& painter, Point centre, Draw& draw) {
  const double radius = draw.uniform(2.2, 3.8);
  const double core = draw.chance(0.15) ? 0.2 : 0.7;  // some have a dense core
  if (!painter.inside(centre, radius + 2.5)) return;
  painter.paint(
      centre, radius + 1, [&](Point offset) { return radius + 0.5 - length(offset); },
      [&](Point offset) { return length(offset) > radius - 1.2 ? 0.3 : core; });
}

/// A short curved sheet of endoplasmic reticulum, seen edge on. It looks like a membrane, but no
/// cell ends there.
void paint_reticulum(Painter& painter, Point centre, Draw& draw) {
  const double bend = draw.uniform(8, 25);
  const double angle = draw.uniform(0, 360);  // degrees
  const double half_angle = std::min(draw.uniform(5, 12) / bend, 2.5);
  const double half_degrees = kDegrees * half_angle;
  const double smallest_cosine = cosine_sine(half_degrees).first;
  const Point middle = centre + bend * direction(angle + 180);  // of the arc's circle
  for (int i = -4; i <= 4; ++i) {
    if (!painter.inside(middle + bend * direction(angle + i * half_degrees / 4), 5)) return;
  }
  const double dark = draw.uniform(0.3, 0.42);
  const Point forward = direction(angle);
  painter.paint(
      centre, bend * half_angle + 2,
      [&](Point offset) {
        const Point from_middle = centre + offset - middle;
        const double cosine = dot(from_middle, forward) / (length(from_middle) + 1e-9);
        if (cosine < smallest_cosine) return 0.0;
        return 1.5 - std::abs(length(from_middle) - bend);
      },
      [&](Point) { return dark; });
}

void paint_organelles(const PhantomConfig& config, Picture<double>& image, const Tissue& tissue,
                      Draw& draw) {
  Painter painter(image, tissue);
  const auto size = static_cast<double>(config.size);
  const auto scatter = [&](double per_pixel, auto&& paint) {
    const auto tries = static_cast<int>(config.organelle_density * per_pixel * size * size);
    for (int i = 0; i < tries; ++i) {
      const Point at = {draw.uniform(0, size), draw.uniform(0, size)};
      if (painter.inside(at, 5)) paint(at);
    }
  };
  std::vector<Point> mitochondria;
  scatter(1.0 / 250, [&](Point at) { paint_mitochondrion(painter, at, mitochondria, draw); });
  scatter(1.0 / 900, [&](Point at) { paint_reticulum(painter, at, draw); });
  scatter(1.0 / 45, [&](Point at) {
    if (tissue.cells[painter.cell(at)].filled || draw.chance(0.1)) paint_vesicle(painter, at, draw);
  });
  // Synapses: a dark cloud on one side of a membrane.
  const auto synapses = static_cast<int>(config.organelle_density * size * size / 12000);
  for (int i = 0; i < synapses; ++i) {
    Point at;
    do {
      at = {draw.uniform(0, size - 1), draw.uniform(0, size - 1)};
    } while (painter.inside(at, 4));
    const double reach = draw.uniform(4, 7);
    painter.paint(
        at, 3 * reach,
        [&](Point offset) {
          return 0.7 * exponential(-0.5 * dot(offset, offset) / (reach * reach));
        },
        [](Point) { return 0.15; });
  }
}

}  // namespace

Phantom make_phantom(const PhantomConfig& config, std::uint64_t number) {
  // "Epoch" 0 draws the geometry; each noise field has the next number.
  std::uint32_t fields = 0;
  const auto key = [&] { return random_key(config.seed, Purpose::kPhantom, fields++, number); };
  Draw draw(key());
  const auto field = [&](double sigma) { return noise_field(key(), config.size, sigma); };

  const auto bend_y = field(22);
  const auto bend_x = field(22);
  const auto wiggle_y = field(5);
  const auto wiggle_x = field(5);
  const Tissue tissue =
      grow(config, scatter_cells(config, draw), bend_y, bend_x, wiggle_y, wiggle_x);

  Picture<double> image(config.size, config.size);
  const auto grain = field(1.3);
  const auto clouds = field(6);
  const std::size_t pixels = image.values.size();
  for (std::size_t i = 0; i < pixels; ++i) {
    image.values[i] =
        tissue.cells[tissue.cell.values[i]].gray + 0.06 * grain.values[i] + 0.04 * clouds.values[i];
  }
  paint_organelles(config, image, tissue, draw);

  Phantom out{{config.size, config.size}, {config.size, config.size}};
  const auto width = field(12);
  const auto contrast = field(9);
  for (std::size_t i = 0; i < pixels; ++i) {
    const double half_width =
        config.membrane / 2 * std::clamp(1 + 0.25 * width.values[i], 0.6, 1.6);
    out.label.values[i] = tissue.distance.values[i] < half_width ? 0 : 255;
    // A membrane that is cut obliquely is paler.
    const double gray = std::clamp(0.26 + 0.09 * contrast.values[i], 0.12, 0.46);
    const double opacity = std::clamp(half_width + 0.5 - tissue.distance.values[i], 0.0, 1.0);
    image.values[i] += opacity * (gray - image.values[i]);
  }

  smooth(image, config.blur);
  const auto light = field(static_cast<double>(config.size) / 4);
  const auto shot = field(0);
  for (std::size_t i = 0; i < pixels; ++i) {
    const double value =
        image.values[i] * (1 + 0.06 * light.values[i]) + config.noise * shot.values[i];
    out.image.values[i] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 1.0) * 255 + 0.5);
  }
  return out;
}

}  // namespace unetflow
