#include "artifact/hdf5_open.hpp"

#include <gmock/gmock.h>

#include <array>

#include "core/error.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class Hdf5Open : public testing::Test {
 protected:
  /// Writes a dataset of four bytes; `creation` says how it is stored.
  static void write(hid_t file, const char* name, hid_t creation = H5P_DEFAULT) {
    const Handle dataset(
        H5Dcreate2(file, name, H5T_STD_U8LE, space(), H5P_DEFAULT, creation, H5P_DEFAULT),
        H5Dclose);
    const std::array<unsigned char, 4> values = {1, 2, 3, 4};
    H5Dwrite(dataset, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
  static Handle space() {
    const std::array<hsize_t, 1> size = {4};
    return {H5Screate_simple(1, size.data(), nullptr), H5Sclose};
  }
  std::string name(const std::string& file) const { return (folder_.path / file).string(); }
  Handle create(const std::string& file) const {
    return {H5Fcreate(name(file).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose};
  }
  void SetUp() override {
    const Handle other = create("other.h5");
    write(other, "data");
    const Handle file = create("file.h5");
    write(file, "own");
    const Handle group(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    write(group, "own");
    H5Lcreate_external("other.h5", "data", file, "external", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/", file, "external_group", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/own", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/external", file, "soft_to_external", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/nothing", file, "dangling", H5P_DEFAULT, H5P_DEFAULT);
    const Handle outside(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(outside, name("values.raw").c_str(), 0, 4);
    write(file, "external_storage", outside);
    const Handle mapped(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_virtual(mapped, space(), "other.h5", "data", space());
    write(file, "virtual", mapped);
  }
  void expect_refused(const std::string& dataset, SoftLinks links, const std::string& message) {
    const Handle file = open_hdf5(name("file.h5"));
    EXPECT_THAT([&] { open_dataset(file, dataset, links, "PLACE"); },
                ThrowsMessage<InputError>(HasSubstr("PLACE: " + message)))
        << dataset;
  }

  const TemporaryFolder folder_;
};

TEST_F(Hdf5Open, OpensWhatLiesInTheFile) {
  const Handle file = open_hdf5(name("file.h5"));
  EXPECT_TRUE(open_dataset(file, "own", SoftLinks::kRefused, "PLACE").valid());
  EXPECT_TRUE(open_dataset(file, "group/own", SoftLinks::kRefused, "PLACE").valid());
  EXPECT_TRUE(open_dataset(file, "/group/own", SoftLinks::kRefused, "PLACE").valid());
  EXPECT_TRUE(open_dataset(file, "soft", SoftLinks::kFollowed, "PLACE").valid());
}

TEST_F(Hdf5Open, RefusesLinksOutOfTheFile) {
  for (const auto links : {SoftLinks::kRefused, SoftLinks::kFollowed}) {
    expect_refused("external", links, "is reached through a link (external)");
    expect_refused("external_group/data", links, "is reached through a link (external_group)");
  }
  expect_refused("soft", SoftLinks::kRefused, "is reached through a link (soft)");
  expect_refused("soft_to_external", SoftLinks::kFollowed, "cannot be opened as a dataset");
  expect_refused("dangling", SoftLinks::kFollowed, "cannot be opened as a dataset");
}

TEST_F(Hdf5Open, RefusesValuesInOtherFiles) {
  expect_refused("external_storage", SoftLinks::kRefused, "has its values in other files");
  expect_refused("virtual", SoftLinks::kRefused, "has its values in other files");
}

TEST_F(Hdf5Open, RefusesWhatIsMissingOrNotADataset) {
  expect_refused("none", SoftLinks::kRefused, "is missing");
  expect_refused("group/none", SoftLinks::kRefused, "is missing");
  expect_refused("own/none", SoftLinks::kRefused, "is missing");
  expect_refused("group", SoftLinks::kRefused, "cannot be opened as a dataset");
  EXPECT_THAT([&] { open_hdf5(folder_.write("text.h5", "text")); },
              ThrowsMessage<InputError>(HasSubstr("text.h5: is not a readable HDF5 file")));
}

}  // namespace
}  // namespace unetflow
