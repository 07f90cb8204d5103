// What is fuzzed: each target reads bytes as one kind of input, as the programs do. Whatever the
// bytes are, reading ends well or throws InputError without a library's words; anything else is a
// crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace unetflow::fuzz {

using Bytes = std::string_view;

using Target = void (*)(Bytes bytes);

/// Each by its name, which is also that of its folder below seeds/ and crashes/.
const std::map<std::string, Target>& all_targets();

void augmented(Bytes bytes);  ///< an HDF5 shard of samples, with a manifest that matches
void bmp(Bytes bytes);
void checkpoint(Bytes bytes);     ///< a checkpoint's tensors and what it says of itself
void configuration(Bytes bytes);  ///< a letter that chooses the stage, then JSON
void gif(Bytes bytes);
void hdf5_stack(Bytes bytes);  ///< a user's HDF5 file
void imagej_roi(Bytes bytes);  ///< one .roi file
void jpeg(Bytes bytes);
void jpeg2000(Bytes bytes);
void manifest(Bytes bytes);
void metrics(Bytes bytes);   ///< an evaluation's metrics.json
void outlines(Bytes bytes);  ///< a ZIP of ROIs, COCO or GeoJSON
void pictures(Bytes bytes);  ///< an HDF5 shard of images, with a manifest that matches
void png(Bytes bytes);
void safetensors(Bytes bytes);
void tiff(Bytes bytes);
void tiff_description(Bytes bytes);  ///< the number of pages, a line, then an ImageDescription
void training_log(Bytes bytes);
void zarr(Bytes bytes);  ///< an array's .zarray, U+0000, and its first chunk

/// Writes what the programs themselves write, small, below FOLDER/TARGET/.
void write_seeds(const std::filesystem::path& folder);

/// A file with this content and name, in a folder of this process.
std::filesystem::path file_with(Bytes bytes, const std::string& name);

/// Runs what may throw InputError, and returns whether it did not. Aborts where the message has
/// a library's words.
bool refuse_or_read(const std::function<void()>& read);

/// How many of these calls have read to the end.
long reads_to_the_end();

}  // namespace unetflow::fuzz
