// Writes what the sample kernels make of a phantom, and all that went into it, as safetensors.
// usage: dump_sample FILE
#include <vector>

#include "artifact/safetensors.hpp"
#include "core/random.hpp"
#include "image/mirror.hpp"
#include "phantom/phantom.hpp"
#include "sample/augment.hpp"
#include "sample/elastic_field.hpp"
#include "sample/tile_grid.hpp"
#include "sample/weight_map.hpp"

using namespace unetflow;

namespace {

template <class T>
Tensor tensor(const Picture<T>& picture) {
  const std::vector<float> values(picture.values.begin(), picture.values.end());
  return Tensor::of({picture.height, picture.width}, values);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  constexpr Index kPicture = 512, kInput = 572, kOutput = 388, kMargin = 92;
  constexpr std::uint64_t kSample = 3;
  Tensors tensors;

  PhantomConfig phantom_config;
  phantom_config.size = kPicture;
  const Phantom phantom = make_phantom(phantom_config, 0);
  LabelledPicture picture{{kPicture, kPicture}, {kPicture, kPicture}, {}};
  for (std::size_t i = 0; i < picture.input.values.size(); ++i) {
    picture.input.values[i] = static_cast<float>(phantom.image.values[i]) / 255;
    picture.label.values[i] = phantom.label.values[i] > 0;
  }
  tensors["picture"] = tensor(picture.input);
  Picture<float> extrapolated(kPicture + 2 * kMargin, kPicture + 2 * kMargin);
  extrapolate_by_mirroring(picture.input.plane(), -kMargin, -kMargin, extrapolated.plane());
  tensors["extrapolated"] = tensor(extrapolated);

  LabelledPicture tile{{kInput, kInput}, {kOutput, kOutput}, {}};
  cut_tile(picture.view(), {0, kPicture - kOutput}, tile.buffer());
  tensors["input"] = tensor(tile.input);
  tensors["label"] = tensor(tile.label);

  AugmentConfig config;
  config.of<Elastic>().probability = 1;
  LabelledPicture deformed = tile;
  AugmentWorkspace workspace;
  augment(config, 0, kSample, tile.view(), deformed.buffer(), workspace);
  tensors["deformed_input"] = tensor(deformed.input);
  tensors["deformed_label"] = tensor(deformed.label);

  // The field behind it, before and after smoothing.
  const std::uint64_t key = random_key(config.seed, Purpose::kDisplacement, 0, kSample);
  Picture<float> dy(kInput, round_up(kInput, 128)), dx = dy;
  Picture<std::int16_t> random_y(kInput, round_up(kInput, 128)), random_x = random_y;
  DisplacementField field;
  field.begin(config.of<Elastic>(), key, kInput, kInput);
  for (Index y = 0; y < kInput; ++y) {
    field.next(1, dy.plane().part(y, 0, 1, kInput), dx.plane().part(y, 0, 1, kInput));
    random_rows(key, static_cast<std::uint32_t>(y), kInput, random_y.plane().row(y),
                random_x.plane().row(y));
  }
  tensors["dy"] = tensor(dy);
  tensors["dx"] = tensor(dx);
  tensors["random_y"] = tensor(random_y);
  tensors["random_x"] = tensor(random_x);

  const WeightMapConfig weight_config;
  Picture<float> weights(kOutput, kOutput);
  WeightMapWorkspace weight_workspace;
  weight_map(weight_config, 2, tile.label.plane(), {}, weights.plane(), weight_workspace);
  tensors["weights"] = tensor(weights);
  write_safetensors(argv[1], tensors);
}
