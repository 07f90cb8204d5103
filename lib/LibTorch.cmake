# The imported target `libtorch`. LibTorch's own find_package(Torch) asks for the CUDA toolkit where
# LibTorch has CUDA; a program that only links it needs none, so it is located by hand.
#
# TORCH_DIR, else CMAKE_PREFIX_PATH, else the torch package inside .venv: the folder with include/
# and lib/. Any LibTorch from 2.4 on, for CPU or CUDA, with the C++11 ABI.
set(TORCH_DIR "" CACHE PATH "LibTorch: the folder with include/ and lib/")
if(TORCH_DIR)
  set(places ${TORCH_DIR})
else()
  file(GLOB places ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  list(PREPEND places ${CMAKE_PREFIX_PATH})
endif()
set(torch "")
foreach(place IN LISTS places)
  if(NOT torch AND EXISTS ${place}/include/ATen/ATen.h AND EXISTS ${place}/lib/libtorch.so)
    set(torch ${place})
  endif()
endforeach()
if(NOT torch)
  message(FATAL_ERROR "No LibTorch (include/ATen/ATen.h and lib/libtorch.so) in: ${places}. "
    "Run `make deps`, or give -DTORCH_DIR=FOLDER, or -DUNETFLOW_NETWORK=OFF to build without.")
endif()

set(version "")
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  foreach(part MAJOR MINOR PATCH)
    if(EXISTS ${torch}/include/${header})
      file(STRINGS ${torch}/include/${header} line REGEX "^#define TORCH_VERSION_${part} +[0-9]+")
      if(line MATCHES "([0-9]+)$")
        string(APPEND version ".${CMAKE_MATCH_1}")
      endif()
    endif()
  endforeach()
  if(version)
    break()
  endif()
endforeach()
string(REGEX REPLACE "^\\." "" version "${version}")
if(version VERSION_LESS 2.4)
  message(FATAL_ERROR "LibTorch in ${torch} is version \"${version}\", expected 2.4 or newer.")
endif()
if(EXISTS ${torch}/share/cmake/Torch/TorchConfig.cmake)
  file(STRINGS ${torch}/share/cmake/Torch/TorchConfig.cmake old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(old_abi)
    message(FATAL_ERROR "LibTorch in ${torch} is built without the C++11 ABI; "
      "get the one whose download is called cxx11-abi, or 2.6 and newer.")
  endif()
endif()
add_library(libtorch INTERFACE)
# First of all: LibTorch exports a copy of libstdc++'s std::filesystem that some versions (2.11) crash in, and
# whichever library comes first is called.
target_link_options(libtorch INTERFACE -Wl,--no-as-needed,-lstdc++,--as-needed)
# Last of all: LibTorch brings headers of other libraries, such as fmt, in versions of its own.
target_compile_options(libtorch INTERFACE
  "SHELL:-idirafter ${torch}/include" "SHELL:-idirafter ${torch}/include/torch/csrc/api/include")
# LibTorch brings its own OpenMP; a second one would have threads of its own.
file(GLOB openmp ${torch}/lib/libgomp*.so*)
if(NOT openmp OR CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # What clang compiles calls LLVM's runtime (Debian's libomp-16-dev), which then has threads beside
  # LibTorch's: right, but slower than what g++ builds.
  set(openmp -fopenmp)
endif()
target_link_libraries(libtorch INTERFACE
  ${openmp} ${torch}/lib/libtorch.so ${torch}/lib/libtorch_cpu.so ${torch}/lib/libc10.so)
# libtorch_cpu.so finds its own libraries when it is loaded; the linker need not.
target_link_options(libtorch INTERFACE -Wl,--allow-shlib-undefined)
# Programs look for it beside themselves, in lib/unetflow: a link to it in the build tree, a copy in an
# installation (stages/install.cmake). A tree that was moved works where LibTorch is inside of it.
set(beside ${CMAKE_BINARY_DIR}/lib/unetflow)
cmake_path(IS_PREFIX PROJECT_SOURCE_DIR ${torch} NORMALIZE inside)
set(folder ${torch}/lib)
if(inside)
  file(RELATIVE_PATH folder ${CMAKE_BINARY_DIR}/lib ${folder})
endif()
file(REMOVE ${beside})
file(CREATE_LINK ${folder} ${beside} SYMBOLIC)
target_link_libraries(libtorch INTERFACE "-Wl,-rpath,'$$ORIGIN/../lib/unetflow'")
set(cuda "for processors only")
if(EXISTS ${torch}/lib/libtorch_cuda.so)
  include(LibTorchCuda.cmake)
endif()
set(UNETFLOW_LIBTORCH "LibTorch ${version} in ${torch}, ${cuda}" PARENT_SCOPE)
# CUDA registers itself when it is loaded; nothing refers to it, so the linker must be told to keep it.
foreach(library libc10_cuda.so libtorch_cuda.so)
  if(EXISTS ${torch}/lib/${library})
    target_link_options(libtorch INTERFACE -Wl,--no-as-needed,${torch}/lib/${library},--as-needed)
  endif()
endforeach()

# libtorch_headers(<target>): what LibTorch's headers cost is paid once, in a precompiled header that
# unetflow_convolution makes; each such compiler takes over a gigabyte of memory.
set(UNETFLOW_LIBTORCH_JOBS 2 CACHE STRING "How many compilers with LibTorch's headers run at once")
set_property(GLOBAL APPEND PROPERTY JOB_POOLS libtorch=${UNETFLOW_LIBTORCH_JOBS})
function(libtorch_headers target)
  set_property(TARGET ${target} PROPERTY PRECOMPILE_HEADERS)
  if(target STREQUAL "unetflow_convolution")
    target_precompile_headers(${target} PRIVATE <ATen/ATen.h>)
  else()
    target_precompile_headers(${target} REUSE_FROM unetflow_convolution)
  endif()
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE libtorch)
  target_compile_options(${target} PRIVATE -fopenmp)  # without it at::parallel_for is a plain loop
endfunction()
